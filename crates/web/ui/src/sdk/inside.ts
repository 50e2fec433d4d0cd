// What the parts of one client have in common, and what makes it one of several: who has the line.
import type { Emitter } from './emitter.ts';
import type { Env } from './env.ts';
import type { Link, LinkState } from './link.ts';
import type { Outbox, Pending } from './outbox.ts';
import type { OpenAnswer, ServerFrame, SignalFrame } from './protocol.ts';
import type { Reception } from './reception.ts';
import type { ClientEvents } from './state.ts';
import type { Thread } from './thread.ts';
import type { Visit } from './visit.ts';

/** What one client tells others of the same visitor. */
export type News =
  | { t: 'frame'; frame: ServerFrame }
  | { t: 'link'; state: LinkState }
  | { t: 'opened'; opened: OpenAnswer }
  | { t: 'put'; entry: Pending }
  | { t: 'remove'; id: string }
  | { t: 'answered' }
  | { t: 'read'; seq: number }
  | { t: 'reset' }
  /** A client begins, or has missed something: the whole is asked for. The first time it says who it was told the visitor is. */
  | { t: 'join'; identity?: string }
  | Wish;

/** Why a visit should be opened anew. */
export type Wish =
  | { t: 'identify'; identity: string }
  | { t: 'attributes'; attributes: Record<string, unknown> }
  | { t: 'reopen' };

/**
 * The line as one client has it: its own, or one that it shares.
 * @internal
 */
export interface Line {
  /** True if this client owns the line. */
  lead(): boolean;
  start(): void;
  stop(): void;
  nudge(): void;
  signal(frame: SignalFrame): boolean;
  /** Others of the same visitor may want to know. Alone there are none. */
  tell(news: News): void;
}

/** @internal */
export interface Inside {
  env: Env;
  visit: Visit;
  thread: Thread;
  outbox: Outbox;
  link: Link;
  line: Line;
  reception: Reception;
  events: Emitter<ClientEvents>;
  running: boolean;
  /** True after the first messages of this visit came. */
  loaded: boolean;
  state: LinkState;
  /** True if there is a line and a visit, whoever owns them. */
  online(): boolean;
  /** Something that can be shown is not as it was. */
  changed(): void;
  accept(opened: OpenAnswer): void;
  take(frame: ServerFrame): void;
  seen(seq: number): void;
  answered(): void;
  /** Drops an entry, here and in other tabs. */
  forget(id: string): void;
  identify(identity: string): void;
  setAttributes(attributes: Record<string, unknown>): void;
  /** The visit is opened anew: by this client if it owns the line, else `wish` says why to the one that does. */
  reopen(wish?: Wish): void;
  /** The person left, here or in another tab. */
  leave(): void;
}
