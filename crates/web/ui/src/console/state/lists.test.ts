import { effectScope, nextTick, ref, shallowRef } from 'vue';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Counts } from '../net/protocol';
import type { Desk } from './desk';
import { everything, type Filter, type Tab } from './folders';
import { useServerList } from './lists';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function begin(shown: Tab) {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url);
    return new Response('{"items":[],"next":null}', { headers: { 'content-type': 'application/json' } });
  });
  const counts = shallowRef<Counts>({ mine: 0, waiting: 3, colleagues: 5, oldest_enqueued_at: 1 });
  const tab = ref<Tab>(shown);
  const desk = { counts, welcomes: ref(0), conversations: new Map(), learn: () => {}, leaveQueue: () => {} } as unknown as Desk;
  const scope = effectScope();
  const list = scope.run(() => useServerList(desk, tab, ref<Filter>(everything)))!;
  const tell = async (more: Partial<Counts>) => {
    counts.value = { ...counts.value, ...more };
    await nextTick();
  };
  return { asked, tab, tell, list, scope };
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
