// What one client knows of its conversation: messages by `seq`, and how far it may claim to know
// it. Frames go in, a verdict comes out. It opens no socket and reads no clock.
import type { Message, Position } from './protocol.ts';

/** @internal */
export interface Thread {
  /** What to say in `hello`: nothing until a first load was complete. */
  position(): Position | null;
  /** Every message up to here, from the oldest one held, is held. */
  head(): number;
  /** The oldest `seq` held, or one past the end if nothing is: what lies before it may be loaded. */
  oldest(): number;
  /** In order, without anything that stands behind a gap, except our own words. */
  messages(): Message[];
  /** True while a first load runs. */
  fresh(): boolean;
  /** True if something between two known messages is not here, although no replay runs. */
  gap(): boolean;
  /** Forgets everything, as after `resync` or for another visitor. */
  clear(): void;
  /** A connection begins. Returns false if the server lives in another epoch: then `clear` and say hello anew. */
  welcome(epoch: string, seq: number, rev: number): boolean;
  /** The replay is complete: from here on every message moves the position. */
  resumed(): void;
  /** Takes a message in, unless it is known or lies before the oldest one held. True if it is new. */
  take(message: Message): boolean;
  /** Puts our own message where the server's `ack` says that it stands. */
  place(message: Message): void;
  /** Puts older messages in, which were read apart from the line. */
  hold(messages: Message[]): void;
  /** Gives up waiting for what is missing: late is better than never. */
  bridge(): void;
}

/** The revision of a message that we placed ourselves: whatever the server says of it is newer. */
const localRev = -1;

export function makeThread(): Thread {
  const held = new Map<number, Message>();
  let epoch: string | null = null;
  let head = 0;
  /** Every change up to here is held. Moves only when a replay is complete. */
  let rev = 0;
  /** The largest `rev` that came, in a replay too. */
  let seenRev = 0;
  /** The largest `seq` that is known to exist. */
  let expected = 0;
  /** Nothing comes again; all that is there comes; what was missed comes. */
  let replay: 0 | 1 | 2 = 0;
  /** What `messages` answered last, while it is true. */
  let list: Message[] | null = null;

  const fresh = () => replay === 1;
  const position = () => (!epoch || fresh() ? null : { epoch, seq: head, rev });
  const climb = () => {
    while (held.has(head + 1)) head++;
  };
  const clear = () => {
    epoch = list = null;
    head = rev = seenRev = expected = 0;
    held.clear();
    replay = 0;
  };
  const messages = () =>
    (list ??= [...held.values()].filter(({ seq, origin }) => fresh() || seq <= head || origin === 3).sort((a, b) => a.seq - b.seq));
  const take = (message: Message) => {
    const { seq, rev: itsRev } = message;
    const old = held.get(seq);
    if (old ? itsRev <= old.rev : seq <= head && !fresh()) return false;
    held.set(seq, message);
    list = null;
    seenRev = Math.max(seenRev, itsRev);
    expected = Math.max(expected, seq);
    if (!fresh()) climb();
    if (replay === 0) rev = Math.max(rev, itsRev);
    return !old;
  };

  return {
    position, clear, messages, fresh, take,
    head: () => head,
    oldest: () => messages()[0]?.seq ?? head + 1,
    gap: () => replay === 0 && head < expected,
    welcome(itsEpoch, seq, itsRev) {
      const known = position();
      if (known && (epoch !== itsEpoch || head > seq)) return false;
      if (!known) held.clear();
      epoch = itsEpoch;
      replay = known ? 2 : 1;
      expected = Math.max(expected, seq);
      seenRev = Math.max(seenRev, itsRev);
      list = null;
      return true;
    },
    resumed() {
      if (fresh()) {
        head = held.size ? Math.min(...held.keys()) - 1 : expected;
        climb();
      }
      replay = 0;
      rev = seenRev;
      list = null;
    },
    place(message) {
      if (!held.has(message.seq)) take({ ...message, rev: localRev });
    },
    hold(older) {
      for (const message of older) if (message.seq <= head && message.rev > (held.get(message.seq)?.rev ?? localRev)) held.set(message.seq, message);
      list = null;
    },
    bridge() {
      head = expected;
      list = null;
    },
  };
}
