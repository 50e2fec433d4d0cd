import { expect, test } from 'vitest';
import type { Conversation } from '../net/protocol';
import { each, open } from './bulk';

const c = (id: string, service_state = 3) => ({ conversation_id: id, session: { session_id: `s-${id}`, service_state } }) as unknown as Conversation;

test('every one is tried once, a few at a time, and a refusal stops nobody', async () => {
  let now = 0;
  let most = 0;
  const seen: string[] = [];
  const outcome = await each(
    Array.from({ length: 11 }, (_, n) => c(`c${n}`)),
    async (one) => {
      most = Math.max(most, ++now);
      seen.push(one.conversation_id);
      await Promise.resolve();
      now -= 1;
      if (one.conversation_id === 'c3') throw new Error('no');
    },
  );
  expect(new Set(seen).size).toBe(11);
  expect(outcome).toMatchObject({ done: 10, failed: 1 });
  expect((outcome.error as Error).message).toBe('no');
  expect(most).toBe(4);
});

test('what has ended, or never began, is left out', () => {
  expect(open([c('a'), c('b', 4), { ...c('d'), session: null }]).map((x) => x.conversation_id)).toEqual(['a']);
});
