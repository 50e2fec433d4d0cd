import { expect, test } from 'vitest';
import { size } from './size.ts';

test('a file is as long as a person says it', () => {
  expect([size(12), size(2048), size(20 * 1024), size(1_258_291)]).toEqual(['12 B', '2 KB', '20 KB', '1.2 MB']);
});
