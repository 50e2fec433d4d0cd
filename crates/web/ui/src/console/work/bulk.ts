// One thing done to many sessions: some at a time, and told in one sentence how many it worked for.
import type { Conversation } from '../net/protocol';
import { ENDED } from '../net/protocol';

const AT_ONCE = 4;

export interface Outcome {
  done: number;
  /** The first refusal, and how many there were. */
  failed: number;
  error?: unknown;
}

/** Sessions that can still be moved or ended. */
export const open = (list: readonly Conversation[]) => list.filter((c) => c.session && c.session.service_state !== ENDED);

export async function each(list: readonly Conversation[], act: (c: Conversation) => Promise<unknown>): Promise<Outcome> {
  const outcome: Outcome = { done: 0, failed: 0 };
  const left = [...list];
  const work = async () => {
    for (let c = left.shift(); c; c = left.shift()) {
      try {
        await act(c);
        outcome.done += 1;
      } catch (error) {
        outcome.failed += 1;
        outcome.error ??= error;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return outcome;
}
