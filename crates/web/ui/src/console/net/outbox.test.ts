import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { forgetOutbox, Outbox, type Draft } from './outbox';
import type { Ack } from './protocol';
import { Refused, Unanswered } from './socket';

interface Call {
  id: string;
  frame: Draft['frame'];
  ok: (more?: Partial<Ack>) => Promise<void>;
  fail: (error: Error) => Promise<void>;
}
let calls: Call[];
let ready: boolean;
let acked: string[];
let storage: Storage;
const settle = async () => {
  for (let n = 0; n < 5; n++) await Promise.resolve();
};

function outbox(owner = 'me') {
  return new Outbox({
    storage,
    owner,
    ready: () => ready,
    changed: () => undefined,
    acked: (e) => acked.push(e.id),
    request: (frame, id) =>
      new Promise((resolve, reject) => {
        calls.push({
          id,
          frame,
          ok: async (more = {}) => (resolve({ op: 'ack', id, ...more }), settle()),
          fail: async (error) => (reject(error), settle()),
        });
      }),
  });
}
const text = (content: string) => ({ op: 'send', msgtype: 'text', text: { content } });
const ids = () => calls.map((c) => c.id);

beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  acked = [];
  ready = true;
  sessionStorage.clear();
  storage = sessionStorage;
});
afterEach(() => vi.useRealTimers());

test('within a conversation one after the other, between conversations side by side', async () => {
  const o = outbox();
  o.add('a1', 'A', text('1'));
  o.add('a2', 'A', text('2'));
  o.add('b1', 'B', text('3'));
  expect(ids()).toEqual(['a1', 'b1']);
  await calls[0]!.ok();
  expect(ids()).toEqual(['a1', 'b1', 'a2']);
});

test('unanswered entries go again under the same id after the next welcome, and none twice at once', async () => {
  const o = outbox();
  o.add('a1', 'A', text('1'));
  o.add('a2', 'A', text('2'));
  ready = false;
  await calls[0]!.fail(new Unanswered('lost'));
  expect(ids()).toEqual(['a1']);
  ready = true;
  o.welcomed();
  o.welcomed();
  expect(ids()).toEqual(['a1', 'a1']);
  await calls[1]!.ok({ duplicate: true });
  await calls[2]!.ok();
  expect(acked).toEqual(['a1', 'a2']);
  expect(o.entries).toEqual([]);
});

test('a reload forgets nothing', async () => {
  ready = false;
  const before = outbox();
  before.add('a1', 'A', text('你好'));
  ready = true;
  const after = outbox();
  expect(after.entries).toMatchObject([{ id: 'a1', state: 'waiting' }]);
  after.welcomed();
  await calls[0]!.ok();
  expect(JSON.parse(sessionStorage.getItem('kefu.outbox.me')!)).toEqual([]);
});

test('words of one person are not sent by the next one at the same screen', () => {
  ready = false;
  outbox('lin').add('a1', 'A', text('你好'));
  expect(outbox('chen').entries).toEqual([]);
  expect(outbox('lin').entries).toHaveLength(1);
  forgetOutbox(storage, 'lin');
  expect(outbox('lin').entries).toEqual([]);
});

test('a refusal stays with its reason and holds back nobody; retry takes the new fence', async () => {
  const o = outbox();
  o.add('a1', 'A', { ...text('1'), fence: 6 });
  o.add('a2', 'A', text('2'));
  await calls[0]!.fail(new Refused('not_assigned', 'old fence'));
  expect(o.entries[0]).toMatchObject({ state: 'refused', refusal: { code: 'not_assigned' } });
  expect(ids()).toEqual(['a1', 'a2']);
  await calls[1]!.ok();
  o.retry('a1', { fence: 7 }, 'a9');
  expect(calls[2]).toMatchObject({ id: 'a9', frame: { fence: 7 } });
});

test('"not now" waits as long as the gateway asks and keeps the order', async () => {
  const o = outbox();
  o.add('a1', 'A', text('1'));
  o.add('a2', 'A', text('2'));
  await calls[0]!.fail(new Refused('overloaded', '', 3));
  vi.advanceTimersByTime(2900);
  expect(ids()).toEqual(['a1']);
  vi.advanceTimersByTime(200);
  expect(ids()).toEqual(['a1', 'a1']);
  await calls[1]!.ok();
  expect(ids()).toEqual(['a1', 'a1', 'a2']);
});

test('it is bounded and says so', () => {
  ready = false;
  const o = outbox();
  const taken = Array.from({ length: 205 }, (_, n) => o.add(`n${n}`, 'A', text(String(n))));
  expect(taken.filter(Boolean)).toHaveLength(200);
});

test('damaged storage is as good as none', () => {
  sessionStorage.setItem('kefu.outbox.me', '{"not": "a list"');
  expect(outbox().entries).toEqual([]);
});
