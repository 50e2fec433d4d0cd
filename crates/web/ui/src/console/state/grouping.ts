// Which conversations stand in the list, under which heading, in which order. Pure functions.
import { ENDED, SERVING, WAITING, type Conversation } from '../net/protocol';

export type GroupKey = 'turn' | 'theirs' | 'offers' | 'queue' | 'rest';

export interface Group {
  key: GroupKey;
  items: Conversation[];
}

/** Whether a session waits for me to accept it. */
export function isOffer(c: Conversation, me: string): boolean {
  const s = c.session;
  return !!s && s.service_state === WAITING && s.offer_expires_at != null && (s.offered_to ?? s.servicer_userid ?? me) === me;
}

export function isMine(c: Conversation, me: string): boolean {
  return c.session?.service_state === SERVING && c.session.servicer_userid === me;
}

/** Whether the customer has written and nobody has answered yet. */
export const isTurn = (c: Conversation) => c.session?.turn_since_at != null;

/** My list: first those who wait for my answer, least time left first; then those I wait for. */
export function groupMine(all: Iterable<Conversation>, me: string): Group[] {
  const turn: Conversation[] = [];
  const theirs: Conversation[] = [];
  for (const c of all) if (isMine(c, me)) (isTurn(c) ? turn : theirs).push(c);
  turn.sort((a, b) => dueOf(a) - dueOf(b) || lastAt(a) - lastAt(b) || byId(a, b));
  theirs.sort((a, b) => lastAt(b) - lastAt(a) || byId(a, b));
  return groups([
    ['turn', turn],
    ['theirs', theirs],
  ]);
}

/** Who waits: offers to me first (the one that expires next on top), then the queue in its own order. */
export function groupWaiting(all: Iterable<Conversation>, me: string): Group[] {
  const offers: Conversation[] = [];
  const queue: Conversation[] = [];
  for (const c of all) {
    if (isOffer(c, me)) offers.push(c);
    else if (c.session?.service_state === WAITING) queue.push(c);
  }
  offers.sort((a, b) => (a.session?.offer_expires_at ?? 0) - (b.session?.offer_expires_at ?? 0) || byId(a, b));
  queue.sort((a, b) => (b.session?.priority ?? 0) - (a.session?.priority ?? 0) || enqueuedAt(a) - enqueuedAt(b) || byId(a, b));
  return groups([
    ['offers', offers],
    ['queue', queue],
  ]);
}

/** When an answer is due; without a promise, the time it began to wait, later than any promise. */
function dueOf(c: Conversation): number {
  return c.session?.reply_due_at ?? (c.session?.turn_since_at ?? 0) + 86_400_000;
}

const lastAt = (c: Conversation) => c.last?.sent_at ?? c.session?.opened_at ?? 0;
const enqueuedAt = (c: Conversation) => c.session?.enqueued_at ?? c.session?.opened_at ?? 0;
const byId = (a: Conversation, b: Conversation) => (a.conversation_id < b.conversation_id ? -1 : 1);

function groups(parts: [GroupKey, Conversation[]][]): Group[] {
  return parts.filter(([, items]) => items.length).map(([key, items]) => ({ key, items }));
}

/**
 * Keeps a list still while someone points at it or stands in it: rows stay where they were, those
 * that left are gone, new ones are added below their heading's old ones. `moved` says that the true
 * order is another one.
 */
export function steady(shown: Group[], wanted: Group[]): { groups: Group[]; moved: boolean } {
  const fresh = new Map(wanted.flatMap((g) => g.items.map((c) => [c.conversation_id, c] as const)));
  const kept: Group[] = shown
    .map((g) => ({ key: g.key, items: g.items.flatMap((c) => fresh.get(c.conversation_id) ?? []) }))
    .filter((g) => g.items.length);
  const have = new Set(kept.flatMap((g) => g.items.map((c) => c.conversation_id)));
  for (const g of wanted) {
    const added = g.items.filter((c) => !have.has(c.conversation_id));
    if (!added.length) continue;
    const under = kept.find((k) => k.key === g.key);
    if (under) under.items.push(...added);
    else kept.push({ key: g.key, items: added });
  }
  return { groups: kept, moved: order(kept) !== order(wanted) };
}

const order = (list: Group[]) => list.map((g) => `${g.key}:${g.items.map((c) => c.conversation_id).join()}`).join(';');

/** Whether a conversation is at rest: no session, or one that ended. */
export const isEnded = (c: Conversation) => !c.session || c.session.service_state === ENDED;
