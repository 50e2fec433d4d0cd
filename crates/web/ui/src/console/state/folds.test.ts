import { beforeEach, expect, test, vi } from 'vitest';

beforeEach(() => vi.resetModules());

test('what is folded away stays so for the next customer and after a reload, until it is opened', async () => {
  const before = await import('./folds');
  before.turnFold('notes');
  before.turnFold('footsteps');
  before.turnFold('footsteps');
  expect([...before.folded.value]).toEqual(['notes']);
  vi.resetModules();
  const after = await import('./folds');
  expect([...after.folded.value]).toEqual(['notes']);
});

test('what somebody else wrote there is not believed', async () => {
  localStorage.setItem('kefu.folded', '{"a":1}');
  expect([...(await import('./folds')).folded.value]).toEqual([]);
  vi.resetModules();
  localStorage.setItem('kefu.folded', 'x');
  expect([...(await import('./folds')).folded.value]).toEqual([]);
});
