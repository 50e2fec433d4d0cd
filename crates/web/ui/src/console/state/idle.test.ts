import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { shallowRef } from 'vue';
import type { Presence } from '../net/protocol';
import type { Desk } from './desk';
import { goAwayAfter, watchHands } from './idle';
import { notices } from './notices';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  goAwayAfter(0);
  localStorage.clear();
});

function begin(minutes: number) {
  goAwayAfter(minutes);
  const asked: unknown[] = [];
  const presence = shallowRef({ state: 'online' } as Presence);
  const ask = async (frame: { state?: string }) => {
    asked.push(frame.state);
    presence.value = { ...presence.value, state: frame.state } as Presence;
  };
  const stop = watchHands({ presence, ask } as unknown as Desk);
  return { asked, presence, stop, touch: () => void window.dispatchEvent(new Event('pointermove')) };
}

test('after ten minutes without a hand nobody new comes, and the first touch takes that back', async () => {
  const { asked, stop, touch } = begin(10);
  await vi.advanceTimersByTimeAsync(9 * 60_000);
  touch();
  await vi.advanceTimersByTimeAsync(9 * 60_000);
  expect(asked).toEqual([]);
  await vi.advanceTimersByTimeAsync(70_000);
  expect(asked).toEqual(['busy']);
  expect(notices.value.some((n) => n.text.includes('10'))).toBe(true);
  await vi.advanceTimersByTimeAsync(60 * 60_000);
  expect(asked).toEqual(['busy']);
  touch();
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toEqual(['busy', 'online']);
  stop();
});

test('a hand on another tab counts, another state that was chosen stays, and who did not ask for it is never sent away', async () => {
  const first = begin(10);
  for (let n = 0; n < 30; n++) {
    await vi.advanceTimersByTimeAsync(60_000);
    localStorage.setItem('kefu.hand', String(Date.now()));
  }
  expect(first.asked).toEqual([]);
  await vi.advanceTimersByTimeAsync(11 * 60_000);
  first.presence.value = { ...first.presence.value, state: 'break' };
  first.touch();
  expect(first.asked).toEqual(['busy']);
  first.stop();
  const never = begin(0);
  await vi.advanceTimersByTimeAsync(600 * 60_000);
  expect(never.asked).toEqual([]);
  never.stop();
});
