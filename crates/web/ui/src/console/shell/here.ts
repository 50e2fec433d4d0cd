// What can be done now with the conversation that is open, for the command bar.
import type { IconName } from '@kit/icons';
import { SERVING, WAITING, type Conversation } from '../net/protocol';
import { isMine, isOffer } from '../state/grouping';
import { shortcuts, type Action } from './shortcuts';
import { isElsewhere } from '../work/standing';

const icons: Partial<Record<Action, IconName>> = { accept: 'plus', transfer: 'pass', handoff: 'card', note: 'edit', snooze: 'clock', close: 'done', close_next: 'done' };

/** The keys that do something there, in the order in which they are wanted. */
export function actionsFor(c: Conversation | undefined, me: string, supervises: boolean): Action[] {
  if (!c) return [];
  const { session } = c;
  if (isElsewhere(c)) return supervises ? ['transfer', 'note', 'close'] : ['note'];
  if (isMine(c, me)) return ['transfer', 'handoff', 'note', 'snooze', 'close', 'close_next'];
  if (isOffer(c, me) || session?.service_state === WAITING) return ['accept', 'note'];
  return supervises && session?.service_state === SERVING ? ['transfer', 'note', 'close'] : ['note'];
}

export const labelOf = (action: Action) => shortcuts.find((s) => s.action === action)!.label;
export const iconOf = (action: Action): IconName => icons[action] ?? 'chat';
