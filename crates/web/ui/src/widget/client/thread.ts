// What one client knows of its conversation: messages by `seq`, and how far it may claim to know
// it. A pure value: frames go in, a verdict comes out. It opens no socket and reads no clock.
import type { Message, Position } from './protocol.ts';

export type Verdict = 'new' | 'changed' | 'dropped';
export interface ThreadDump { epoch: string | null; head: number; rev: number; expected: number; messages: Message[] }

export class Thread {
  private epoch: string | null = null;
  /** Every message up to here, from the oldest one held, is held. */
  private head = 0;
  /** Every change up to here is held. Moves only when a replay is complete. */
  private rev = 0;
  private seenRev = 0;
  /** The largest `seq` that is known to exist. */
  private expected = 0;
  private held = new Map<number, Message>();
  private replay: 'none' | 'fresh' | 'missed' = 'none';
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

  /** Adds older messages, which were read by HTTP. */
  prepend(messages: Message[]): void {
    for (const message of messages) {
      const old = this.held.get(message.seq);
      if (message.seq <= this.head && (!old || old.rev < message.rev)) this.held.set(message.seq, message);
    }
    this.list = null;
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

  get last(): number {
    return this.head;
  }

  get isFresh(): boolean {
    return this.replay === 'fresh';
  }

  dump(): ThreadDump {
    return { epoch: this.epoch, head: this.head, rev: this.rev, expected: this.expected, messages: [...this.held.values()] };
  }

  load(dump: ThreadDump): void {
    this.clear();
    this.epoch = dump.epoch;
    this.head = dump.head;
    this.rev = this.seenRev = dump.rev;
    this.expected = dump.expected;
    for (const message of dump.messages) this.held.set(message.seq, message);
  }

  private climb(): void {
    while (this.held.has(this.head + 1)) this.head++;
  }
}

/** The revision of a message that we placed ourselves: whatever the server says of it is newer. */
const localRev = -1;

/** How many words of the other side stand after `read`; what the system notes beside them does not count. */
export const unreadAfter = (read: number, messages: Message[]) =>
  messages.filter((m) => m.seq > read && m.origin !== 3 && m.msgtype !== 'event' && !m.recalled).length;
