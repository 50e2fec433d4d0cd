import { expect, test } from 'vitest';
import { isHeard, isToldAgain } from './notify';
import { repeat, sound } from './prefs';

test('nobody is disturbed while away; the queue is heard only by those who asked for it and can take someone', () => {
  for (const kind of ['message', 'offer', 'assigned', 'woke', 'mention'] as const) {
    expect([kind, isHeard(kind, 'online', false), isHeard(kind, 'busy', false)]).toEqual([kind, true, true]);
    expect([kind, isHeard(kind, 'break', true), isHeard(kind, 'offline', true)]).toEqual([kind, false, false]);
  }
  expect(isHeard('waiting', 'online', true)).toBe(true);
  expect(isHeard('waiting', 'online', false)).toBe(false);
  expect(isHeard('waiting', 'busy', true)).toBe(false);
});

test('what lies unseen is told again to who asked for it, until they look', () => {
  expect(isToldAgain(1, 'online', false)).toBe(false);
  repeat.value = true;
  expect(isToldAgain(1, 'online', false)).toBe(true);
  expect(isToldAgain(0, 'online', false)).toBe(false);
  expect(isToldAgain(1, 'online', true)).toBe(false);
  expect(isToldAgain(1, 'break', false)).toBe(false);
  sound.value = false;
  expect(isToldAgain(1, 'online', false)).toBe(false);
});
