import { expect, test } from 'vitest';
import { hue, initial } from './hue';

test('an id has one colour, and ids spread over all seven', () => {
  expect(hue('01JQ')).toBe(hue('01JQ'));
  const seen = new Set(Array.from({ length: 200 }, (_, n) => hue(`customer-${n}`)));
  expect([...seen].sort()).toEqual(['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'h7']);
});

test('an avatar shows the given name of a Chinese name and the first letter of others', () => {
  expect(initial('周砚')).toBe('砚');
  expect(initial('evelyn 陈')).toBe('E');
  expect(initial('名字特别长的客户')).toBe('名');
  expect(initial('「访客」')).toBe('客');
  expect(initial('  ')).toBe('·');
});
