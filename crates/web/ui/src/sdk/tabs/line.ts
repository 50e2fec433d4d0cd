// Tabs of one browser that show the same conversation share one line. A Web Lock says who holds
// it; a BroadcastChannel carries what comes over it to the others. Where either is missing, every
// tab leads: more sockets, same result, because ids make repeats harmless.
import type { LinkState } from '../link.ts';
import type { ServerFrame, SignalFrame } from '../protocol.ts';
import type { News, Wish } from '../state.ts';
import type { Snapshot } from './snapshot.ts';

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

export type TabMessage =
  | News
  | Wish
  /** A tab begins, or has missed something: the whole is asked for. The first time it says who it was told the visitor is. */
  | { t: 'join'; identity?: string }
  /** Why there is no line, to a tab that came after it was refused. */
  | { t: 'refused'; state: LinkState; frame: ServerFrame }
  | { t: 'snapshot'; snapshot: Snapshot }
  | { t: 'signal'; frame: SignalFrame }
  | { t: 'nudge' }
  | { t: 'reset' }
  | { t: 'there?' }
  | { t: 'there' };

/** A leader that does not answer within this time is asleep; a tab in use takes over. */
const answerMs = 2_000;

export class Tabs {
  /** True while this tab owns the line. */
  lead = false;
  private channel: ChannelLike | null = null;
  private letGo: (() => void) | null = null;
  private waiting: AbortController | null = null;
  private answer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly name: string,
    private readonly browser: Browser,
    private readonly onLead: (lead: boolean) => void,
    private readonly onMessage: (message: TabMessage) => void,
  ) {}

  start(identity: string | null): void {
    const { channel, locks } = this.browser;
    if (!channel || !locks) {
      this.become(true);
      return;
    }
    this.channel = channel(this.name);
    this.channel.addEventListener('message', ({ data }) => this.hear(data as TabMessage));
    this.queue(false);
    this.post({ t: 'join', ...(identity && { identity }) });
  }

  stop(): void {
    clearTimeout(this.answer);
    this.waiting?.abort();
    this.waiting = null;
    this.letGo?.();
    this.letGo = null;
    this.channel?.close();
    this.channel = null;
    this.become(false);
  }

  post(message: TabMessage): void {
    this.channel?.postMessage(message);
  }

  /** This tab is in use: makes sure that the leader is awake, and leads if it is not. */
  check(): void {
    if (this.lead || !this.channel || this.answer !== undefined) return;
    this.post({ t: 'there?' });
    this.answer = setTimeout(() => {
      this.answer = undefined;
      this.waiting?.abort();
      this.queue(true);
    }, answerMs);
  }

  private hear(message: TabMessage): void {
    if (!this.lead) {
      clearTimeout(this.answer);
      this.answer = undefined;
    }
    if (message.t === 'there?') {
      if (this.lead) this.post({ t: 'there' });
    } else if (message.t !== 'there') this.onMessage(message);
  }

  private queue(steal: boolean): void {
    const stop = new AbortController();
    this.waiting = stop;
    const held = () =>
      new Promise<void>((resolve) => {
        if (stop.signal.aborted) return resolve();
        this.letGo = resolve;
        this.become(true);
      });
    // A lock may be stolen or waited for, not both: the browser refuses a signal beside `steal`.
    this.browser.locks?.request(this.name, steal ? { steal } : { signal: stop.signal }, held).then(
      () => {},
      () => {
        if (stop.signal.aborted || this.waiting !== stop) return;
        // Another tab took the lock while this one slept: follow it.
        this.letGo = null;
        this.become(false);
        this.queue(false);
        this.post({ t: 'join' });
      },
    );
  }

  private become(lead: boolean): void {
    if (this.lead === lead) return;
    this.lead = lead;
    this.onLead(lead);
  }
}
