import { expect, test } from 'vitest';
import { pips, stick, waited } from './timers';

test('a stick is calm, then soon under a quarter, then late and counting up', () => {
  expect(stick(0, 120_000, 120_000)).toEqual({ mood: 'calm', ms: 120_000, left: 100 });
  expect(stick(90_000, 120_000, 120_000)).toMatchObject({ mood: 'calm', left: 25 });
  expect(stick(90_001, 120_000, 120_000)).toMatchObject({ mood: 'soon' });
  expect(stick(120_000, 120_000, 120_000)).toEqual({ mood: 'soon', ms: 0, left: 0 });
  expect(stick(206_000, 120_000, 120_000)).toEqual({ mood: 'late', ms: 86_000, left: 0 });
});

test('a clock that is a little behind shows a full stick, not a longer one', () => {
  expect(stick(-5_000, 120_000, 120_000).left).toBe(100);
  expect(stick(0, 10, 0)).toMatchObject({ left: 0 });
});

test('the wall counts what was waited and burns what was promised', () => {
  expect(waited(60_000, 0, 300_000)).toEqual({ mood: 'calm', ms: 60_000, left: 80 });
  expect(waited(402_000, 0, 300_000)).toEqual({ mood: 'late', ms: 402_000, left: 0 });
});

test('pips never exceed what can be drawn', () => {
  expect(pips(6, 2, 8)).toEqual({ on: 6, ask: 2, off: 0 });
  expect(pips(9, 0, 8)).toEqual({ on: 9, ask: 0, off: 0 });
  expect(pips(40, 3, 60)).toEqual({ on: 12, ask: 0, off: 0 });
});
