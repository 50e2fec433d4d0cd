import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { effectScope } from 'vue';
import { useUndo } from './useUndo';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function set() {
  const sent: string[] = [];
  const scope = effectScope();
  const undo = scope.run(() => useUndo<string>((what) => sent.push(what)))!;
  return { sent, scope, undo };
}

test('held back it can be taken back, and else it goes out once', () => {
  const { sent, undo } = set();
  undo.hold('one', 3);
  vi.advanceTimersByTime(2900);
  expect(sent).toEqual([]);
  expect(undo.back()).toBe('one');
  vi.advanceTimersByTime(5000);
  expect(sent).toEqual([]);
  undo.hold('two', 3);
  vi.advanceTimersByTime(3000);
  undo.flush();
  expect(sent).toEqual(['two']);
});

test('the next reply, leaving the thread and leaving the page send it, in order', () => {
  const { sent, undo, scope } = set();
  undo.hold('one', 3);
  undo.hold('two', 3);
  expect(sent).toEqual(['one']);
  window.dispatchEvent(new Event('pagehide'));
  expect(sent).toEqual(['one', 'two']);
  undo.hold('three', 3);
  scope.stop();
  expect(sent).toEqual(['one', 'two', 'three']);
});

test('without the habit it goes out at once', () => {
  const { sent, undo } = set();
  undo.hold('now', 0);
  expect([sent, undo.held.value]).toEqual([['now'], null]);
});
