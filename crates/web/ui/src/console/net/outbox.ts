// What this tab has written and the gateway has not yet acknowledged. Entries survive a reload and
// a session that ran out in sessionStorage and go out again under the same id after every welcome, so that nothing is lost
// and nothing is doubled. Within a conversation they go one after the other, so that none overtakes.
import { Refused } from './socket';
import type { Ack } from './protocol';

export interface Draft {
  id: string;
  conversation_id: string;
  written_at: number;
  /** `send`, `note` or `handoff`, with everything but the id. */
  frame: { op: string } & Record<string, unknown>;
  state: 'waiting' | 'sending' | 'refused';
  refusal?: { code: string; detail: string };
}

export interface OutboxParts {
  request: (frame: Draft['frame'], id: string) => Promise<Ack>;
  ready: () => boolean;
  /** Called whenever an entry was added, changed or removed. */
  changed: (entries: readonly Draft[]) => void;
  /** Called with the answer, before the entry is removed. */
  acked?: (entry: Draft, ack: Ack) => void;
  refused?: (entry: Draft) => void;
  storage?: Storage;
  /** Whose words these are: another person at the same screen neither sees nor sends them. */
  owner: string;
  now?: () => number;
}

/** Refusals that say "not now": the entry stays and is tried again. */
const LATER = new Set(['overloaded', 'store_unavailable', 'rate_limited']);
const keyOf = (owner: string) => `kefu.outbox.${owner}`;
const MOST = 200;

export class Outbox {
  #parts: OutboxParts;
  #entries: Draft[];
  #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(parts: OutboxParts) {
    this.#parts = parts;
    this.#entries = read(parts.storage, parts.owner);
    if (this.#entries.length) this.#parts.changed(this.#entries);
  }

  get entries(): readonly Draft[] {
    return this.#entries;
  }

  /** Keeps an entry and sends it as soon as its turn has come. Answers false if too many wait. */
  add(id: string, conversation_id: string, frame: Draft['frame']): boolean {
    if (this.#entries.length >= MOST) return false;
    const written_at = (this.#parts.now ?? Date.now)();
    this.#entries = [...this.#entries, { id, conversation_id, written_at, frame, state: 'waiting' }];
    this.#keep();
    this.#pump(conversation_id);
    return true;
  }

  /** Sends a refused entry again, with fields changed if need be (a new fence, a new id). */
  retry(id: string, change: Record<string, unknown> = {}, new_id: string = id): void {
    const entry = this.#entries.find((e) => e.id === id);
    if (!entry) return;
    this.#replace(id, { ...entry, id: new_id, frame: { ...entry.frame, ...change }, state: 'waiting', refusal: undefined });
    this.#pump(entry.conversation_id);
  }

  discard(id: string): void {
    const entry = this.#entries.find((e) => e.id === id);
    this.#entries = this.#entries.filter((e) => e.id !== id);
    this.#keep();
    if (entry) this.#pump(entry.conversation_id);
  }

  /** A new connection was welcomed: whatever had no answer goes out again. */
  welcomed(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    for (const conversation of new Set(this.#entries.map((e) => e.conversation_id))) this.#pump(conversation);
  }

  #pump(conversation_id: string): void {
    if (!this.#parts.ready() || this.#timers.has(conversation_id)) return;
    // A refused entry needs a person and holds back nobody; the next one goes on.
    const next = this.#entries.find((e) => e.conversation_id === conversation_id && e.state !== 'refused');
    if (!next || next.state === 'sending') return;
    this.#replace(next.id, { ...next, state: 'sending' });
    this.#parts.request(next.frame, next.id).then(
      (ack) => {
        this.#parts.acked?.(next, ack);
        this.discard(next.id);
      },
      (error: unknown) => this.#failed(next, error),
    );
  }

  #failed(entry: Draft, error: unknown): void {
    if (!this.#entries.some((e) => e.id === entry.id)) return;
    if (!(error instanceof Refused)) {
      this.#replace(entry.id, { ...entry, state: 'waiting' });
      // Lost on the way: the next welcome sends it again.
      return;
    }
    if (LATER.has(error.code)) {
      this.#replace(entry.id, { ...entry, state: 'waiting' });
      const wait = Math.min(30, Math.max(0.5, error.retry_after_s ?? 2)) * 1000;
      this.#timers.set(
        entry.conversation_id,
        setTimeout(() => {
          this.#timers.delete(entry.conversation_id);
          this.#pump(entry.conversation_id);
        }, wait),
      );
      return;
    }
    const refused: Draft = { ...entry, state: 'refused', refusal: { code: error.code, detail: error.detail } };
    this.#replace(entry.id, refused);
    this.#parts.refused?.(refused);
    this.#pump(entry.conversation_id);
  }

  #replace(id: string, entry: Draft): void {
    this.#entries = this.#entries.map((e) => (e.id === id ? entry : e));
    this.#keep();
  }

  #keep(): void {
    this.#parts.changed(this.#entries);
    try {
      this.#parts.storage?.setItem(keyOf(this.#parts.owner), JSON.stringify(this.#entries));
    } catch {
      // Storage is full or forbidden: the entries live on in memory.
    }
  }
}

/** Whoever signs out leaves nothing behind. */
export const forgetOutbox = (storage: Storage, owner: string): void => storage.removeItem(keyOf(owner));

function read(storage: Storage | undefined, owner: string): Draft[] {
  try {
    const kept = JSON.parse(storage?.getItem(keyOf(owner)) ?? '[]') as Draft[];
    return kept.map((e) => (e.state === 'sending' ? { ...e, state: 'waiting' as const } : e));
  } catch {
    return [];
  }
}
