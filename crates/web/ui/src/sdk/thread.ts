// What one client knows of its conversation: messages by `seq`, and how far it may claim to know
// it. A pure value: frames go in, a verdict comes out. It opens no socket and reads no clock.
import type { Message, Position } from './protocol.ts';

export type Verdict = 'new' | 'changed' | 'dropped';

export class Thread {
  epoch: string | null = null;
  /** Every message up to here, from the oldest one held, is held. */
  head = 0;
  /** Every change up to here is held. Moves only when a replay is complete. */
  rev = 0;
  /** The largest `rev` that came, in a replay too. */
  seenRev = 0;
  /** The largest `seq` that is known to exist. */
  expected = 0;
  readonly held = new Map<number, Message>();
  private replay: 'none' | 'fresh' | 'missed' = 'none';
  /** What `messages` answered last, while it is true. */
  private list: Message[] | null = null;

  /** What to say in `hello`: nothing until a first load was complete. */
  position(): Position | null {
    return this.epoch === null || this.replay === 'fresh' ? null : { epoch: this.epoch, seq: this.head, rev: this.rev };
  }

  /** Forgets everything, as after `resync` or for another visitor. */
  clear(): void {
    this.epoch = null;
    this.head = this.rev = this.seenRev = this.expected = 0;
    this.held.clear();
    this.replay = 'none';
    this.list = null;
  }

  /** A connection begins. Returns false if the server lives in another epoch: then `clear` and say hello anew. */
  welcome(epoch: string, seq: number, rev: number): boolean {
    const known = this.position();
    if (known && (known.epoch !== epoch || known.seq > seq)) return false;
    if (!known) this.held.clear();
    this.epoch = epoch;
    this.replay = known ? 'missed' : 'fresh';
    this.expected = Math.max(this.expected, seq);
    this.seenRev = Math.max(this.seenRev, rev);
    this.list = null;
    return true;
  }

  /** The replay is complete: from here on every message moves the position. */
  resumed(): void {
    if (this.replay === 'fresh') {
      const oldest = Math.min(...this.held.keys());
      this.head = this.held.size ? oldest - 1 : this.expected;
      this.climb();
    }
    this.replay = 'none';
    this.rev = this.seenRev;
    this.list = null;
  }

  /** Takes a message in, unless it is known or lies before the oldest one held. */
  take(message: Message): Verdict {
    const old = this.held.get(message.seq);
    if (old ? message.rev <= old.rev : message.seq <= this.head && this.replay !== 'fresh') return 'dropped';
    this.held.set(message.seq, message);
    this.list = null;
    this.seenRev = Math.max(this.seenRev, message.rev);
    this.expected = Math.max(this.expected, message.seq);
    if (this.replay !== 'fresh') this.climb();
    if (this.replay === 'none') this.rev = Math.max(this.rev, message.rev);
    return old ? 'changed' : 'new';
  }

  /** Puts our own message where the server's `ack` says that it stands. */
  place(message: Message): void {
    if (!this.held.has(message.seq)) this.take({ ...message, rev: localRev });
  }

  /** True if something between two known messages is not here, although no replay runs. */
  gap(): boolean {
    return this.replay === 'none' && this.head < this.expected;
  }

  /** Gives up waiting for what is missing: late is better than never. */
  bridge(): void {
    this.head = this.expected;
    this.list = null;
  }

  /** In order, without anything that stands behind a gap, except our own words. */
  messages(): Message[] {
    this.list ??= [...this.held.values()]
      .filter((m) => this.replay === 'fresh' || m.seq <= this.head || m.origin === 3)
      .sort((a, b) => a.seq - b.seq);
    return this.list;
  }

  /** The oldest `seq` held, or one past the end if nothing is: what lies before it may be loaded. */
  get oldest(): number {
    return this.messages()[0]?.seq ?? this.head + 1;
  }

  get isFresh(): boolean {
    return this.replay === 'fresh';
  }

  /** Puts messages in as they are: they were read apart from the line. */
  hold(messages: Message[]): void {
    for (const message of messages) this.held.set(message.seq, message);
    this.list = null;
  }

  private climb(): void {
    while (this.held.has(this.head + 1)) this.head++;
  }
}

/** The revision of a message that we placed ourselves: whatever the server says of it is newer. */
const localRev = -1;
