import { effectScope, nextTick, ref, shallowRef } from 'vue';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Conversation, Counts } from '../net/protocol';
import type { Desk } from './desk';
import { everything, type Filter, type Tab } from './folders';
import { useServerList } from './lists';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function begin(shown: Tab, answer: (url: URL) => object = () => ({ items: [], next: null }), filter: Filter = everything) {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url);
    return Response.json(answer(new URL(url, 'http://gateway')));
  });
  const counts = shallowRef<Counts>({ mine: 0, waiting: 3, colleagues: 5, oldest_enqueued_at: 1 });
  const tab = ref<Tab>(shown);
  const learnt: string[] = [];
  const left: [number, number][] = [];
  const desk = {
    counts,
    welcomes: ref(0),
    conversations: new Map(),
    learn: (list: Conversation[]) => void learnt.push(...list.map((c) => c.conversation_id)),
    leaveQueue: (still: Set<string>, until: number) => void left.push([still.size, until]),
  } as unknown as Desk;
  const scope = effectScope();
  const list = scope.run(() => useServerList(desk, tab, ref(filter)))!;
  const tell = async (more: Partial<Counts>) => {
    counts.value = { ...counts.value, ...more };
    await nextTick();
  };
  return { asked, tab, tell, list, scope, learnt, left };
}

test('the queue is asked for again when it changed, once a second at most', async () => {
  const { asked, tell, list, scope } = begin('waiting');
  await list.load();
  for (let n = 0; n < 20; n++) {
    await tell({ waiting: 4 + n });
    await vi.advanceTimersByTimeAsync(100);
  }
  await vi.advanceTimersByTimeAsync(2_000);
  // Two seconds of changes: the first look, two or three more, and none that no change asked for.
  expect(asked.length).toBeGreaterThanOrEqual(3);
  expect(asked.length).toBeLessThanOrEqual(4);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked.length).toBeLessThanOrEqual(4);
  scope.stop();
});

test('someone taken while another came is seen by who waits longest', async () => {
  const { asked, tell, list, scope } = begin('waiting');
  await list.load();
  await vi.advanceTimersByTimeAsync(2_000);
  await tell({ oldest_enqueued_at: 2 });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked).toHaveLength(2);
  scope.stop();
});

test('what is counted elsewhere does not matter to this list', async () => {
  const { asked, tell, list, scope } = begin('colleagues');
  await list.load();
  await vi.advanceTimersByTimeAsync(2_000);
  await tell({ waiting: 9 });
  await vi.advanceTimersByTimeAsync(3_000);
  expect(asked).toHaveLength(1);
  await tell({ colleagues: 6 });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked).toHaveLength(2);
  scope.stop();
});

const waits = (n: number) => ({ conversation_id: `c${n}`, session: { service_state: 2, enqueued_at: n }, customer: { mark: null }, entry: {} });
const some = (from: number, n: number) => Array.from({ length: n }, (_, at) => waits(from + at));

test('of a long queue those who waited longest are asked for, and those who go first', async () => {
  const { asked, list, scope, learnt, left } = begin('waiting', (url) => (url.searchParams.get('sort') === 'priority' ? { items: [waits(900)], next: 'x' } : { items: some(0, 50), next: '49.c49' }));
  await list.load();
  expect(asked.map((url) => new URL(url, 'http://gateway').searchParams.get('sort'))).toEqual(['waiting', 'priority']);
  expect(learnt).toHaveLength(51);
  // Whoever joined before the last one read and is not among them has left; of the rest nothing is known.
  expect(left).toEqual([[51, 49]]);
  scope.stop();
});

test('a list that was scrolled is looked at again as far as it was read', async () => {
  const { asked, list, scope } = begin('colleagues', (url) => ({ items: some(url.searchParams.has('cursor') ? 50 : 0, Math.min(50, Number(url.searchParams.get('limit')))), next: 'more' }));
  await list.load();
  await list.load(true);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(asked).toHaveLength(4);
  expect(asked[2]).toContain('limit=100');
  expect(list.groups.value).toEqual([]);
  scope.stop();
});

test('all that a list is restricted to is asked of the gateway', async () => {
  const { asked, list, scope } = begin('all', undefined, { channel: 'website', state: '2', team_id: 't1', mark: 'vip', priority: '4', sort: 'priority' });
  await list.load();
  expect(Object.fromEntries(new URL(asked[0]!, 'http://gateway').searchParams)).toEqual({ view: 'all', sort: 'priority', channel: 'website', state: '2', team_id: 't1', mark: 'vip', priority: '4', limit: '50' });
  scope.stop();
});
