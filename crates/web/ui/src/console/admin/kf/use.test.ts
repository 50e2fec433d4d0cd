import { expect, test } from 'vitest';
import { byNeed, moodOf, nearest, type ApiUse } from './use';

const use = (api: string, minute: number, hour: number, more: Partial<ApiUse> = {}): ApiUse => ({ api, minute_used: minute, minute_limit: 100, hour_used: hour, hour_limit: 1000, ...more });

test('the limit that is nearer is the one shown', () => {
  expect(nearest(use('a', 10, 900))).toMatchObject({ of: 'hour', used: 900, part: 0.9 });
  expect(nearest(use('a', 40, 300))).toMatchObject({ of: 'minute', used: 40, part: 0.4 });
  expect(nearest({ ...use('a', 0, 0), minute_limit: 0, hour_limit: 0 }).part).toBe(0);
});

test('colour begins where something is to be done', () => {
  expect(moodOf(use('a', 70, 0), 0)).toBe('');
  expect(moodOf(use('a', 71, 0), 0)).toBe('soon');
  expect(moodOf(use('a', 1, 0, { advice: 'x' }), 0)).toBe('soon');
  expect(moodOf(use('a', 96, 0), 0)).toBe('late');
  expect(moodOf(use('a', 0, 0, { blocked_until: 5 }), 4)).toBe('late');
  expect(moodOf(use('a', 0, 0, { blocked_until: 5 }), 6)).toBe('');
});

test('what waits comes first, then the fullest', () => {
  expect(byNeed([use('a', 10, 0), use('b', 90, 0), use('c', 0, 0, { blocked_until: 9 })], 1).map((u) => u.api)).toEqual(['c', 'b', 'a']);
});
