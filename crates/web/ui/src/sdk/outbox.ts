// What the visitor has said and the server has not yet acknowledged. Each entry lies under a key
// of its own, so that tabs which write at once cannot overwrite each other, and keeps its
// `client_msg_id` for ever: sending it twice makes one message.
import type { DurableFrame } from './protocol.ts';
import type { Shelf } from './storage.ts';

export type PendingState =
  /** A file is on its way up; `frame` is not complete yet. */
  | 'uploading'
  /** Ready to be sent, or sent and not yet acknowledged. */
  | 'waiting'
  /** Refused; stays until the visitor tries again or drops it. */
  | 'failed';

export interface Pending {
  id: string;
  /** When it was said, by the visitor's clock; orders entries and bounds their life, nothing else. */
  at: number;
  frame: DurableFrame;
  state: PendingState;
  /** Why it failed: a code of the protocol, or `too_old`, `network`. */
  code?: string;
  /** 0–1 while a file goes up. */
  progress?: number;
  /** The file itself; this page only. */
  file?: File;
  /** Address of a picture's preview; this page only. */
  preview?: string;
}

/** Entries that may wait at once; more are refused, and the composer says so. */
export const outboxLimit = 50;
/** The server knows an id for at least 7 days; beyond 6 a repeat might double and is left to the visitor. */
export const outboxLife = 6 * 24 * 3600 * 1000;

export class Outbox {
  private entries = new Map<string, Pending>();

  constructor(private readonly shelf: Shelf) {}

  /** Reads what earlier pages left. */
  restore(now: number): void {
    for (const key of this.shelf.keys('out:')) {
      try {
        const entry = JSON.parse(this.shelf.get(key) ?? '') as Pending;
        // What is no entry has no frame, and throws.
        if (!entry.frame.op || this.entries.has(entry.id)) continue;
        const old = now - entry.at > outboxLife;
        this.entries.set(entry.id, old && entry.state === 'waiting' ? { ...entry, state: 'failed', code: 'too_old' } : entry);
      } catch {
        this.shelf.remove(key);
      }
    }
  }

  /** A time for a new entry: later than every other, though the clock may stand or go back. */
  stamp(now: number): number {
    return Math.max(now, ...[...this.entries.values()].map((entry) => entry.at + 1));
  }

  get full(): boolean {
    return this.entries.size >= outboxLimit;
  }

  get(id: string): Pending | undefined {
    return this.entries.get(id);
  }

  put(entry: Pending): void {
    this.entries.set(entry.id, entry);
    // An upload cannot be taken up by another page: it is kept once the server has the file.
    if (entry.state === 'uploading' || entry.file) return;
    const { preview: _preview, progress: _progress, ...kept } = entry;
    this.shelf.set(`out:${entry.id}`, JSON.stringify(kept));
  }

  remove(id: string): Pending | undefined {
    const entry = this.entries.get(id);
    this.entries.delete(id);
    this.shelf.remove(`out:${id}`);
    return entry;
  }

  clear(): void {
    for (const { id } of this.all()) this.remove(id);
    for (const key of this.shelf.keys('out:')) this.shelf.remove(key);
  }

  /** The next one to send. One is under way at a time, which keeps the order of what was said. */
  next(): Pending | undefined {
    return this.all().find((entry) => entry.state === 'waiting');
  }

  all(): Pending[] {
    return [...this.entries.values()].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  }
}
