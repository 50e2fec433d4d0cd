// What was begun and not sent, per person and conversation, kept in this browser.
import { shallowReactive } from 'vue';
import type { Quote } from '../net/protocol';
import type { CardDraft } from '../work/cards/kinds';

export interface Draft {
  reply: string;
  note: string;
  mode: 'reply' | 'note';
  /** The newest customer message that had been seen when the reply was begun. */
  seen_seq: number;
  /** The message that the reply answers, and how it is named above the field. */
  quote?: Quoted | null;
  /** A card that is begun. */
  card?: CardDraft | null;
}

export interface Quoted {
  /** As the gateway will complete it, so that our own bubble shows it at once. */
  quote: Quote;
  name: string;
  words: string;
}

let prefix = 'kefu.draft.';
const drafts = shallowReactive(new Map<string, Draft>());
const empty: Draft = { reply: '', note: '', mode: 'reply', seen_seq: 0 };

/** Reads what this person has begun. */
export function openDrafts(owner: string, storage: Storage = localStorage): void {
  closeDrafts();
  prefix = `kefu.draft.${owner}.`;
  for (let at = 0; at < storage.length; at++) {
    const key = storage.key(at);
    if (!key?.startsWith(prefix)) continue;
    try {
      drafts.set(key.slice(prefix.length), { ...empty, ...(JSON.parse(storage.getItem(key) ?? '{}') as Partial<Draft>) });
    } catch {
      storage.removeItem(key);
    }
  }
}

export const draftOf = (id: string): Draft => drafts.get(id) ?? empty;

/** The words of a reply begun, for the list; empty if there is none. */
export const draftText = (id: string): string => drafts.get(id)?.reply.trim() ?? '';

export function keepDraft(id: string, change: Partial<Draft>, storage: Storage = localStorage): void {
  const next = { ...draftOf(id), ...change };
  if (!next.reply && !next.note && !next.quote && !next.card) {
    drafts.delete(id);
    storage.removeItem(prefix + id);
    return;
  }
  drafts.set(id, next);
  try {
    storage.setItem(prefix + id, JSON.stringify(next));
  } catch {
    // No room: the draft lives as long as the page.
  }
}

/** Nobody sees them until the same person signs in again. */
export function closeDrafts(): void {
  drafts.clear();
}

/** Drafts are private words: signing out removes them. */
export function forgetDrafts(storage: Storage = localStorage): void {
  for (const id of drafts.keys()) storage.removeItem(prefix + id);
  drafts.clear();
}
