import { afterEach, expect, test } from 'vitest';
import { closeDrafts, draftText, forgetDrafts, keepDraft, openDrafts } from './drafts';

afterEach(() => localStorage.clear());

test('a draft belongs to who began it: the next person at the screen does not see it, and it comes back', () => {
  openDrafts('lin');
  keepDraft('c', { reply: '马上查' });
  closeDrafts();
  openDrafts('chen');
  expect(draftText('c')).toBe('');
  openDrafts('lin');
  expect(draftText('c')).toBe('马上查');
  forgetDrafts();
  openDrafts('lin');
  expect(draftText('c')).toBe('');
});
