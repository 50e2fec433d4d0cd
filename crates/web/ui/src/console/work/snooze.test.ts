import { expect, test } from 'vitest';
import { fieldOf, untils } from './snooze';

const keys = (at: Date) => untils(at.getTime()).map((u) => u.key);

test('what is over or nearly so is not offered, and all are in order', () => {
  // A Wednesday.
  expect(keys(new Date(2026, 3, 1, 10))).toEqual(['half', 'hours', 'evening', 'tomorrow', 'monday']);
  expect(keys(new Date(2026, 3, 1, 17))).toEqual(['half', 'hours', 'tomorrow', 'monday']);
  const sunday = untils(new Date(2026, 3, 5, 20).getTime());
  expect(sunday.map((u) => u.key)).toEqual(['half', 'hours', 'tomorrow']);
  expect(new Date(sunday[2]!.at).getHours()).toBe(9);
  const monday = untils(new Date(2026, 3, 6, 8).getTime()).at(-1)!;
  expect([monday.key, new Date(monday.at).getDate()]).toEqual(['monday', 13]);
});

test('a field for date and time is in local time', () => {
  expect(fieldOf(new Date(2026, 3, 1, 9, 5).getTime())).toBe('2026-04-01T09:05');
});
