import { describe, expect, test } from 'vitest';
import type { Conversation, Session } from '../net/protocol';
import { groupMine, groupWaiting, isOffer, steady, type Group, type Sort } from './grouping';

const base: Session = { session_id: 's', no: 1, service_state: 3, fence: 1, priority: 0, opened_at: 0, servicer_userid: 'me' };
function conv(id: string, session: Partial<Session>, last_at = 0): Conversation {
  return {
    conversation_id: id, open_kfid: 'k', kf_name: '', customer: { external_userid: id, name: id, mark: null, blocked: false },
    entry: { entry_point_id: 'e', channel: 'website', name: '' }, session: { ...base, ...session },
    last: { origin: 3, msgtype: 'text', preview: '', sent_at: last_at }, seq: 1, rev: 1, unread: 0, customer_read_seq: 0, credits: null, can_send: { ok: true },
  };
}
const shape = (list: Group[]) => list.map((g) => [g.key, g.items.map((c) => c.conversation_id)]);

describe('my list', () => {
  test('least time left first; without a promise last; then those I wait for, newest first', () => {
    const all = [
      conv('calm', { turn_since_at: 100, reply_due_at: 900 }),
      conv('late', { turn_since_at: 50, reply_due_at: 200 }),
      conv('open', { turn_since_at: 10 }),
      conv('old', {}, 5),
      conv('new', {}, 8),
      conv('other', { servicer_userid: 'x', turn_since_at: 1 }),
      conv('ended', { service_state: 4 }),
    ];
    expect(shape(groupMine(all, 'me', 1000))).toEqual([
      ['turn', ['late', 'calm', 'open']],
      ['theirs', ['new', 'old']],
    ]);
  });

  test('put off it waits apart, and comes back by itself as due since its time', () => {
    const all = [
      conv('later', { snoozed_until: 1500 }),
      conv('sooner', { turn_since_at: 10, reply_due_at: 20, snoozed_until: 1200 }),
      conv('back', { snoozed_until: 900 }),
      conv('turn', { turn_since_at: 100, reply_due_at: 950 }),
      conv('theirs', {}),
    ];
    expect(shape(groupMine(all, 'me', 1000))).toEqual([
      ['turn', ['back', 'turn']],
      ['theirs', ['theirs']],
      ['later', ['sooner', 'later']],
    ]);
    expect(shape(groupMine(all, 'me', 1300))[0]).toEqual(['turn', ['back', 'turn', 'sooner']]);
  });

  test('another order is kept within each group', () => {
    const all = [
      conv('a', { turn_since_at: 5, opened_at: 1, priority: 0, reply_due_at: 1 }, 3),
      conv('b', { turn_since_at: 3, opened_at: 2, priority: 5, reply_due_at: 2 }, 1),
      conv('c', { turn_since_at: 4, opened_at: 3, priority: 0, reply_due_at: 3 }, 2),
      conv('t', {}, 9),
    ];
    const order = (sort: Sort) => groupMine(all, 'me', 0, sort).map((g) => g.items.map((c) => c.conversation_id).join('')).join(' ');
    expect([order('due'), order('activity'), order('waiting'), order('created'), order('priority')]).toEqual(['abc t', 'acb t', 'bca t', 'cba t', 'bca t']);
  });

  test('the order does not depend on the order things came in', () => {
    const all = Array.from({ length: 20 }, (_, n) => conv(`c${n}`, { turn_since_at: 1, reply_due_at: n % 4 }));
    expect(shape(groupMine(all.toReversed(), 'me', 1000))).toEqual(shape(groupMine(all, 'me', 1000)));
  });
});

test('who waits: my offers by the time they hold, then priority and place', () => {
  const waiting = { service_state: 2, servicer_userid: undefined };
  const all = [
    conv('q2', { ...waiting, enqueued_at: 20 }),
    conv('q1', { ...waiting, enqueued_at: 10 }),
    conv('vip', { ...waiting, enqueued_at: 30, priority: 5 }),
    conv('mine', { ...waiting, servicer_userid: 'me', offer_expires_at: 99 }),
    conv('theirs', { ...waiting, servicer_userid: 'x', offer_expires_at: 50, enqueued_at: 40 }),
  ];
  expect(shape(groupWaiting(all, 'me'))).toEqual([
    ['offers', ['mine']],
    ['queue', ['vip', 'q1', 'q2', 'theirs']],
  ]);
  expect(isOffer(all[4]!, 'me')).toBe(false);
});

describe('a list under a hand', () => {
  const a = conv('a', {});
  const b = conv('b', {});
  const c = conv('c', {});
  test('keeps its order, takes new facts, and says that the true order is another', () => {
    const fresh = { ...a, unread: 3 };
    const { groups, moved } = steady([{ key: 'turn', items: [a, b] }], [{ key: 'turn', items: [b, fresh] }]);
    expect(shape(groups)).toEqual([['turn', ['a', 'b']]]);
    expect(groups[0]!.items[0]!.unread).toBe(3);
    expect(moved).toBe(true);
  });
  test('drops who left and adds who came below their heading', () => {
    const { groups, moved } = steady([{ key: 'turn', items: [a, b] }], [{ key: 'turn', items: [c, b] }]);
    expect(shape(groups)).toEqual([['turn', ['b', 'c']]]);
    expect(moved).toBe(true);
  });
  test('says nothing while the order is right', () => {
    expect(steady([{ key: 'turn', items: [a] }], [{ key: 'turn', items: [a, b] }]).moved).toBe(false);
  });
});
