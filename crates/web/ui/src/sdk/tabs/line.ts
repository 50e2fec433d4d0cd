// Tabs of one browser that show the same conversation share one line. A Web Lock says who holds
// it; a BroadcastChannel carries what comes over it to the others. Where either is missing, every
// tab leads: more sockets, same result, because ids make repeats harmless.
import type { Timer } from '../env.ts';
import type { News } from '../inside.ts';
import type { LinkState } from '../link.ts';
import type { Pending } from '../outbox.ts';
import type { Message, OpenAnswer, ServerFrame, Session, SignalFrame } from '../protocol.ts';

/** The part of `BroadcastChannel` that is used. */
export interface ChannelLike {
  addEventListener(event: 'message', heard: (event: { data: unknown }) => void): void;
  postMessage(data: unknown): void;
  close(): void;
}
/** The part of `LockManager` that is used. */
export interface LocksLike {
  request(name: string, options: { signal?: AbortSignal; steal?: boolean }, held: () => Promise<void>): Promise<void>;
}
/** What tabs of one browser have in common. */
export interface Browser {
  channel: ((name: string) => ChannelLike) | null;
  locks: LocksLike | null;
}

export const thisBrowser = (): Browser => ({
  channel: typeof BroadcastChannel === 'function' ? (name) => new BroadcastChannel(name) : null,
  // Web Locks are there in secure contexts only; without them every tab is its own leader.
  locks: (globalThis.navigator?.locks as unknown as LocksLike) ?? null,
});

/** All that a tab needs to go on from where the leader stands. */
export interface Snapshot {
  opened: OpenAnswer;
  thread: { epoch: string; head: number; rev: number; expected: number; messages: Message[] };
  session: Session;
  agentRead: number;
  link: LinkState;
  pending: Pending[];
}

export type TabMessage =
  | News
  /** Why there is no line, to a tab that came after it was refused. */
  | { t: 'refused'; state: LinkState; frame: ServerFrame }
  | { t: 'snapshot'; snapshot: Snapshot }
  | { t: 'signal'; frame: SignalFrame }
  | { t: 'nudge' }
  | { t: 'there?' }
  | { t: 'there' };

/** A leader that does not answer within this time is asleep; a tab in use takes over. */
const answerMs = 2_000;

/** @internal */
export interface Tabs {
  /** True while this tab owns the line. */
  lead(): boolean;
  start(identity: string | null): void;
  stop(): void;
  post(message: TabMessage): void;
  /** This tab is in use: makes sure that the leader is awake, and leads if it is not. */
  check(): void;
}

export function makeTabs(name: string, { channel: open, locks }: Browser, onLead: (lead: boolean) => void, onMessage: (message: TabMessage) => void): Tabs {
  let lead = false;
  let channel: ChannelLike | undefined;
  let letGo: (() => void) | undefined;
  let waiting: AbortController | undefined;
  let answer: Timer;

  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of one origin anyway
  const post = (message: TabMessage) => channel?.postMessage(message);
  const become = (next: boolean) => {
    if (lead !== next) onLead((lead = next));
  };
  const answered = () => {
    clearTimeout(answer);
    answer = undefined;
  };
  const queue = (steal: boolean) => {
    const stop = (waiting = new AbortController());
    const held = () =>
      new Promise<void>((resolve) => {
        if (stop.signal.aborted) return resolve();
        letGo = resolve;
        become(true);
      });
    // A lock may be stolen or waited for, not both: the browser refuses a signal beside `steal`.
    locks?.request(name, steal ? { steal } : { signal: stop.signal }, held).catch(() => {
      if (stop.signal.aborted || waiting !== stop) return;
      // Another tab took the lock while this one slept: follow it.
      letGo = undefined;
      become(false);
      queue(false);
      post({ t: 'join' });
    });
  };

  return {
    post,
    lead: () => lead,
    start(identity) {
      if (!open || !locks) return become(true);
      channel = open(name);
      channel.addEventListener('message', ({ data }) => {
        const message = data as TabMessage;
        if (!lead) answered();
        if (message.t !== 'there?') {
          if (message.t !== 'there') onMessage(message);
        } else if (lead) post({ t: 'there' });
      });
      queue(false);
      post({ t: 'join', ...(identity && { identity }) });
    },
    stop() {
      answered();
      waiting?.abort();
      letGo?.();
      channel?.close();
      waiting = letGo = channel = undefined;
      become(false);
    },
    check() {
      if (lead || !channel || answer !== undefined) return;
      post({ t: 'there?' });
      answer = setTimeout(() => {
        answer = undefined;
        waiting?.abort();
        queue(true);
      }, answerMs);
    },
  };
}
