import { expect, test, vi } from 'vitest';
import type { Conversation, Frame, Message } from '../net/protocol';
import { Desk, type Happening } from './desk';
import { isMine } from './grouping';
import { failed, notices } from './notices';

const c = (id: string, more: Partial<Conversation> = {}): Conversation => ({
  conversation_id: id, open_kfid: 'k', kf_name: '', customer: { external_userid: `u-${id}`, name: id, mark: null, blocked: false },
  entry: { entry_point_id: 'e', channel: 'website', name: '' },
  session: { session_id: `s-${id}`, no: 1, service_state: 3, servicer_userid: 'me', fence: 7, priority: 0, opened_at: 0, reply_target_s: 120 },
  last: null, seq: 10, rev: 1, unread: 0, customer_read_seq: 0, credits: null, can_send: { ok: true }, ...more,
});
const m = (id: string, seq: number, origin: 3 | 5 = 3): { op: 'message' } & Message => ({ op: 'message', msgid: `${id}-${seq}`, conversation_id: id, seq, rev: 0, origin, sent_at: 1000, msgtype: 'text', text: { content: '你好' } });
const welcome = (conversations: Conversation[], epoch = 'e1'): Frame => ({ op: 'welcome', epoch, now: Date.now(), heartbeat_ms: 15_000, presence: { state: 'online', since_at: 0, load: 1, offers: 0, limit: 8 }, conversations, offers: [], counts: { mine: 1, waiting: 0, colleagues: 0 } });
function desk(happened: (w: Happening) => void = () => undefined) {
  return new Desk('me', { openSocket: () => ({ send: () => undefined, close: () => undefined }) as unknown as WebSocket, happened });
}

test('a message moves the card: preview, unread, whose turn it is, and the promise', () => {
  const d = desk();
  d.take(welcome([c('a')]));
  d.take(m('a', 11));
  d.take(m('a', 12));
  expect(d.conversations.get('a')).toMatchObject({ seq: 12, unread: 2, last: { preview: '你好' }, session: { turn_since_at: 1000, reply_due_at: 121_000 } });
  d.take(m('a', 13, 5));
  expect(d.conversations.get('a')!.session).toMatchObject({ turn_since_at: undefined, reply_due_at: undefined });
});

test('a message that comes twice counts once', () => {
  const d = desk();
  d.take(welcome([c('a')]));
  d.take(m('a', 11));
  d.take(m('a', 11));
  expect(d.conversations.get('a')!.unread).toBe(1);
});

test('what was taken back is no longer read in the list', () => {
  const d = desk();
  d.take(welcome([c('a')]));
  d.take(m('a', 11));
  d.take({ ...m('a', 11), rev: 5, recalled: true });
  expect(d.conversations.get('a')!.last).toMatchObject({ msgtype: 'recalled', preview: '' });
});

test('people are told of new messages and customers that are theirs, not of what the welcome brings', () => {
  const happened = vi.fn();
  const d = desk(happened);
  d.take(welcome([c('a')]));
  expect(happened).not.toHaveBeenCalled();
  d.take(m('a', 11));
  d.take({ op: 'conversation', conversation: c('b') });
  d.take({ op: 'conversation', conversation: c('b', { rev: 2 }) });
  d.take({ op: 'conversation', conversation: c('o', { session: { ...c('o').session!, service_state: 2, offer_expires_at: 5 } }) });
  expect(happened.mock.calls.map(([w]) => (w as Happening).kind)).toEqual(['message', 'assigned', 'offer']);
});

test('after a reconnect what is no longer mine is gone, but the open thread stays readable', () => {
  const d = desk();
  d.take(welcome([c('a'), c('b')]));
  d.view('b');
  d.take(welcome([]));
  expect([...d.conversations.keys()]).toEqual(['b']);
});

test('what came while the line was down is told with the next welcome, and what was known is not', () => {
  const happened = vi.fn();
  const d = desk(happened);
  d.take(welcome([c('a'), c('b'), c('mine', { unread: 2 })]));
  d.take(welcome([c('a', { seq: 11, unread: 1, rev: 2 }), c('b', { seq: 11, rev: 2 }), c('new'), c('mine', { unread: 2 }), c('o', { session: { ...c('o').session!, service_state: 2, servicer_userid: undefined, offered_to: 'me', offer_expires_at: 5 } })]));
  expect(happened.mock.calls.map(([w]) => [(w as Happening).kind, (w as { conversation: Conversation }).conversation.conversation_id])).toEqual([
    ['message', 'a'],
    ['assigned', 'new'],
    ['offer', 'o'],
  ]);
});

test('the open thread that a welcome does not name is no longer mine', () => {
  const d = desk();
  d.take(welcome([c('a')]));
  d.view('a');
  d.take(welcome([]));
  expect(isMine(d.conversations.get('a')!, 'me')).toBe(false);
});

test('who is taken away disappears, and the open one says that it is not mine', () => {
  const d = desk();
  d.take(welcome([c('a'), c('b')]));
  d.view('b');
  d.take({ op: 'gone', conversation_id: 'a', session_id: 's-a', reason: 'transferred' });
  d.take({ op: 'gone', conversation_id: 'b', session_id: 's-b', reason: 'requeued' });
  expect(d.conversations.has('a')).toBe(false);
  expect(d.conversations.get('b')!.session).toMatchObject({ service_state: 2, servicer_userid: undefined });
});

test('another epoch forgets the threads', () => {
  const d = desk();
  d.take(welcome([c('a')]));
  d.thread('a');
  d.take(welcome([c('a')], 'e2'));
  expect(d.threads.size).toBe(0);
});

test('an older answer over HTTP does not undo what the socket said', () => {
  const d = desk();
  d.take(welcome([c('a', { rev: 5, unread: 3 })]));
  d.learn([c('a', { rev: 4, unread: 0 })]);
  expect(d.conversations.get('a')!.unread).toBe(3);
});

test('threads are bounded, and the open one is not thrown away', () => {
  const d = desk();
  d.thread('open');
  d.view('open');
  for (let n = 0; n < 60; n++) d.thread(`t${n}`);
  expect(d.threads.size).toBeLessThanOrEqual(24);
  expect(d.threads.has('open')).toBe(true);
});

test('an offer belongs to whom it names', () => {
  const d = desk();
  const offer = (to: string) => c('o', { session: { ...c('o').session!, service_state: 2, servicer_userid: undefined, offered_to: to, offer_expires_at: 5 } });
  d.take({ op: 'conversation', conversation: offer('someone') });
  expect(d.offers.value).toHaveLength(0);
  d.take({ op: 'conversation', conversation: offer('me') });
  expect(d.offers.value).toHaveLength(1);
});

test('a role that was changed in mid-day is told on', () => {
  const told: unknown[] = [];
  const d = new Desk('me', { openSocket: () => ({ send: () => undefined, close: () => undefined }) as unknown as WebSocket, renamed: (news) => told.push(news) });
  d.take({ op: 'agent', agent: { role: 'agent', team_ids: ['t2'] } });
  expect(told).toEqual([{ role: 'agent', team_ids: ['t2'] }]);
});

test('that nobody could be reached is said until the line is there again', async () => {
  vi.useFakeTimers();
  const socket = { send: () => undefined, close: () => undefined } as unknown as WebSocket;
  const d = new Desk('me', { openSocket: () => socket });
  d.start();
  const asked = d.ask({ op: 'state', state: 'online' }).catch(failed);
  vi.advanceTimersByTime(8_000);
  await asked;
  failed(new Error('something else'));
  expect(notices.value.map((n) => n.code)).toEqual(['gateway_unreachable', '']);
  const { op: _, ...rest } = welcome([]) as Frame & { op: 'welcome' };
  socket.onmessage?.(new MessageEvent('message', { data: JSON.stringify({ op: 'welcome', ...rest }) }));
  expect(notices.value.map((n) => n.text)).toEqual(['something else']);
  d.stop();
  vi.useRealTimers();
});
