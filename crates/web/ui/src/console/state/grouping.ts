// Which conversations stand in the list, under which heading, in which order. Pure functions.
import { ENDED, SERVING, WAITING, type Conversation } from '../net/protocol';

export type GroupKey = 'turn' | 'theirs' | 'later' | 'offers' | 'queue' | 'rest';

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

/** Whether a session is put off at `now`. */
export const isLater = (c: Conversation, now: number) => (c.session?.snoozed_until ?? 0) > now;
/** Whether a session that was put off has come back and nobody has written since. */
export const hasWoken = (c: Conversation, now: number) => c.session?.snoozed_until !== undefined && c.session.snoozed_until <= now;

/** Orders of a list; `due` is by time left, and mine alone. */
export type Sort = 'due' | 'activity' | 'waiting' | 'created' | 'priority';

/**
 * My list: first those who wait for my answer, least time left first unless another order is
 * chosen; then those I wait for; then those put off, in the order in which they come back.
 */
export function groupMine(all: Iterable<Conversation>, me: string, now: number, sort: Sort = 'due'): Group[] {
  const turn: Conversation[] = [];
  const theirs: Conversation[] = [];
  const later: Conversation[] = [];
  for (const c of all) if (isMine(c, me)) (isLater(c, now) ? later : isTurn(c) || hasWoken(c, now) ? turn : theirs).push(c);
  turn.sort(sort === 'due' ? (a, b) => dueOf(a) - dueOf(b) || lastAt(a) - lastAt(b) || byId(a, b) : orders[sort]);
  theirs.sort(sort === 'due' ? orders.activity : orders[sort]);
  later.sort((a, b) => (a.session?.snoozed_until ?? 0) - (b.session?.snoozed_until ?? 0) || byId(a, b));
  return groups([
    ['turn', turn],
    ['theirs', theirs],
    ['later', later],
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
  const woken = c.session?.snoozed_until ?? 0;
  return Math.max(woken, c.session?.reply_due_at ?? (c.session?.turn_since_at ?? 0) + (woken ? 0 : 86_400_000));
}

type Order = (a: Conversation, b: Conversation) => number;
const orders: Record<Exclude<Sort, 'due'>, Order> = {
  activity: (a, b) => lastAt(b) - lastAt(a) || byId(a, b),
  waiting: (a, b) => waitsSince(a) - waitsSince(b) || byId(a, b),
  created: (a, b) => (b.session?.opened_at ?? 0) - (a.session?.opened_at ?? 0) || byId(a, b),
  priority: (a, b) => (b.session?.priority ?? 0) - (a.session?.priority ?? 0) || waitsSince(a) - waitsSince(b) || byId(a, b),
};
const waitsSince = (c: Conversation) => c.session?.turn_since_at ?? c.session?.enqueued_at ?? Number.MAX_SAFE_INTEGER;

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
