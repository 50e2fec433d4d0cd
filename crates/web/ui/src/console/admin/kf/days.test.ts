import { expect, test } from 'vitest';
import { daysOf, membersOf, percent, total, type Counted } from './days';

const T0 = Date.UTC(2026, 10, 1, 16);
const day = (n: number, numbers: Record<string, number>, userid?: string): Counted => ({ entry_point_id: 'e', day: T0 + n * 86_400_000, userid, numbers });

test('the days of an account have no gap, and those of others and of members do not count', () => {
  const days = daysOf([day(3, { session_cnt: 4 }), day(0, { session_cnt: 2 }), day(1, { session_cnt: 9 }, 'mei'), { ...day(2, { session_cnt: 8 }), entry_point_id: 'other' }], 'e');
  expect(days.map((d) => (d.day - T0) / 86_400_000)).toEqual([0, 1, 2, 3]);
  expect(days.map((d) => d.numbers.session_cnt ?? 0)).toEqual([2, 0, 0, 4]);
  expect(total(days, 'session_cnt')).toBe(6);
  expect(daysOf([], 'e')).toEqual([]);
});

test('rates of a member are of their sessions: a quiet day weighs little', () => {
  const [mei, ...rest] = membersOf([day(0, { session_cnt: 90, reply_rate: 1, first_reply_average_sec: 10 }, 'mei'), day(1, { session_cnt: 10, reply_rate: 0.5, first_reply_average_sec: 200 }, 'mei'), day(1, {}, 'idle')], 'e');
  expect(rest).toEqual([]);
  expect(mei).toMatchObject({ userid: 'mei', sessions: 100, reply_rate: 0.95 });
  expect(mei!.first_reply_s).toBeCloseTo(20, 5);
});

test('who is asked for nothing has no rate at all', () => {
  const [one] = membersOf([day(0, { session_cnt: 3 }, 'mei')], 'e');
  expect(one).toMatchObject({ sessions: 3, reply_rate: undefined, first_reply_s: undefined });
  expect(percent(undefined)).toBe('—');
  expect(percent(0.934)).toBe('93.4%');
  expect(percent(1)).toBe('100%');
});
