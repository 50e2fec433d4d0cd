// What the visitor has said and the server has not yet acknowledged. Each entry lies under a key
// of its own, so that tabs which write at once cannot overwrite each other, and keeps its
// `client_msg_id` for ever: sending it twice makes one message. One goes out after the other, the
// next when the last was acknowledged: so order holds, also over a broken line.
import type { Timer } from './env.ts';
import type { Inside } from './inside.ts';
import { type DurableFrame, isPassing } from './protocol.ts';
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
const most = 50;
/** The server knows an id for at least 7 days; beyond 6 a repeat might double and is left to the visitor. */
const lifeMs = 6 * 24 * 3600 * 1000;
const ackMs = 10_000;
/** Pause after a refusal that names none. */
const pauseS = 2;

/** @internal */
export interface Outbox {
  /** Reads what earlier pages left. */
  restore(): void;
  full(): boolean;
  /** A time for a new entry: later than every other, though the clock may stand or go back. */
  stamp(): number;
  get(id: string): Pending | undefined;
  all(): Pending[];
  /** Queues a message or a rating; false if too much waits already. */
  say(frame: DurableFrame): boolean;
  /** Keeps an entry of this page, and tells others of it. */
  put(entry: Pending): void;
  /** Keeps an entry of another page. */
  adopt(entry: Pending): void;
  remove(id: string): void;
  /** True if the entry is under way, and may arrive yet. */
  flies(id: string): boolean;
  clear(): void;
  /** What was under way may or may not have arrived: it goes first when the line is back. */
  down(): void;
  /** Sends the next entry, if one waits and none is under way. */
  pump(): void;
  /** The server has it: by its ack, or by the message itself. */
  landed(id: string): Pending | undefined;
  /** The server refused an entry. False if no such entry waits. */
  refused(id: string, code: string, retryAfterS?: number): boolean;
}

export function makeOutbox(shelf: Shelf, at: Inside): Outbox {
  const entries = new Map<string, Pending>();
  let flying: string | null = null;
  let ack: Timer;
  let pause: Timer;

  const all = () => [...entries.values()].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  const stamp = () => Math.max(at.env.now(), ...all().map((entry) => entry.at + 1));
  const full = () => entries.size >= most;

  const keep = (entry: Pending) => {
    entries.set(entry.id, entry);
    const { preview: _preview, progress: _progress, file, ...kept } = entry;
    // An upload cannot be taken up by another page: it is kept once the server has the file.
    if (entry.state !== 'uploading' && !file) shelf.put(`out:${entry.id}`, JSON.stringify(kept));
  };
  const remove = (id: string) => {
    entries.delete(id);
    shelf.put(`out:${id}`, '');
  };

  const down = () => {
    flying = null;
    clearTimeout(ack);
    clearTimeout(pause);
    pause = undefined;
  };
  const free = (id: string) => {
    if (flying !== id) return;
    flying = null;
    clearTimeout(ack);
  };
  const pump = () => {
    if (!at.online() || !at.line.lead() || flying || pause) return;
    const next = all().find((entry) => entry.state === 'waiting');
    if (!next) return;
    flying = next.id;
    ack = setTimeout(at.link.renew, ackMs);
    if (!at.link.send(next.frame)) down();
  };
  const adopt = (entry: Pending) => {
    keep(entry);
    pump();
  };
  const put = (entry: Pending) => {
    const { file: _file, preview: _preview, ...plain } = entry;
    if (entry.state !== 'uploading') at.line.tell({ t: 'put', entry: plain });
    adopt(entry);
    at.changed();
  };

  return {
    full, stamp, all, put, adopt, remove, down, pump,
    get: (id) => entries.get(id),
    flies: (id) => flying === id,
    restore() {
      for (const key of shelf.keys('out:')) {
        try {
          const entry = JSON.parse(shelf.get(key) ?? '') as Pending;
          // What is no entry has no frame, and throws.
          if (!entry.frame.op || entries.has(entry.id)) continue;
          const old = at.env.now() - entry.at > lifeMs && entry.state === 'waiting';
          entries.set(entry.id, old ? { ...entry, state: 'failed', code: 'too_old' } : entry);
        } catch {
          shelf.put(key, '');
        }
      }
    },
    say(frame) {
      if (full()) return false;
      put({ id: frame.id, at: stamp(), frame, state: 'waiting' });
      if (!at.online()) at.line.nudge();
      return true;
    },
    clear() {
      entries.clear();
      for (const key of shelf.keys('out:')) shelf.put(key, '');
      down();
    },
    landed(id) {
      const entry = entries.get(id);
      remove(id);
      free(id);
      pump();
      return entry;
    },
    refused(id, code, retryAfterS = pauseS) {
      const entry = entries.get(id);
      if (!entry) return false;
      free(id);
      if (!isPassing(code)) keep({ ...entry, state: 'failed', code });
      else if (at.line.lead()) {
        // The rest waits too: what was said second must not arrive first.
        clearTimeout(pause);
        pause = setTimeout(() => {
          pause = undefined;
          pump();
        }, retryAfterS * 1000);
      }
      pump();
      return true;
    },
  };
}
