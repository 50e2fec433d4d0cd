// The agent's desk: everything the socket says, held for the pages to show. One per tab.
import { computed, ref, shallowReactive, shallowRef } from 'vue';
import { AgentSocket, type Link } from '../net/socket';
import { Outbox, type Draft } from '../net/outbox';
import { clientId, tabId } from '../net/ids';
import { CUSTOMER, SERVICER, SERVING, WAITING } from '../net/protocol';
import type { Ack, Conversation, Counts, Frame, Me, Mention, Message, Presence, Viewer, WallFrame } from '../net/protocol';
import { serverNow, setServerTime } from './clock';
import { isMine, isOffer } from './grouping';
import { reached } from './notices';
import { wordsOf } from './preview';
import { Thread } from './thread';

/** Threads kept in memory; the ones looked at longest ago go first. */
const THREADS = 24;
/** Conversations kept in memory that are neither mine nor wait; those learnt longest ago go first. */
const CARDS = 6_000;
/** A typing signal holds this long unless it is repeated. */
const TYPING_MS = 6_000;

/** What happened that a person may want to be told of. */
export type Happening =
  /** A customer of mine wrote; without the message if the line was down then. */
  | { kind: 'message'; conversation: Conversation; message?: Message }
  | { kind: 'offer'; conversation: Conversation }
  | { kind: 'assigned'; conversation: Conversation }
  /** A session that was put off has come back. */
  | { kind: 'woke'; conversation: Conversation }
  | { kind: 'mention'; mention: Mention }
  /** More wait in the queue than a moment ago. */
  | { kind: 'waiting'; waiting: number };

export interface DeskParts {
  openSocket: () => WebSocket;
  storage?: Storage;
  happened?: (what: Happening) => void;
  signedOut?: () => void;
  /** My role, name or teams were changed. */
  renamed?: (me: Partial<Me>) => void;
}

export class Desk {
  readonly conversations = shallowReactive(new Map<string, Conversation>());
  readonly threads = shallowReactive(new Map<string, Thread>());
  readonly typing = shallowReactive(new Map<string, number>());
  readonly viewers = shallowReactive(new Map<string, Viewer[]>());
  readonly link = ref<Link>({ state: 'connecting', since_at: Date.now() });
  readonly presence = shallowRef<Presence>({ state: 'offline', since_at: 0, load: 0, offers: 0, limit: 0 });
  readonly counts = shallowRef<Counts>({ mine: 0, waiting: 0, colleagues: 0 });
  readonly wall = shallowRef<WallFrame | null>(null);
  readonly mentions = shallowRef<readonly Mention[]>([]);
  readonly outbox = shallowRef<readonly Draft[]>([]);
  /** The conversation that this tab shows. */
  readonly viewing = ref<string | null>(null);
  /** Grows with every welcome: lists that HTTP fills load afresh. */
  readonly welcomes = ref(0);
  readonly me: string;

  readonly unread = computed(() => {
    let n = 0;
    for (const c of this.conversations.values()) if (isMine(c, this.me)) n += c.unread;
    return n + this.mentions.value.length;
  });
  readonly offers = computed(() => [...this.conversations.values()].filter((c) => isOffer(c, this.me)));

  #parts: DeskParts;
  #socket: AgentSocket;
  #outbox: Outbox;
  #epoch: string | undefined;
  #welcomed = false;

  constructor(me: string, parts: DeskParts) {
    this.me = me;
    this.#parts = parts;
    this.#socket = new AgentSocket({
      open: parts.openSocket,
      tab: tabId(),
      cursors: () => ({ epoch: this.#epoch, cursors: this.#cursors() }),
      frame: (frame) => this.take(frame),
      link: (link) => {
        this.link.value = link;
        if (link.state === 'online') reached();
        if (link.state === 'stopped' && link.why === 'signed_out') parts.signedOut?.();
      },
    });
    this.#outbox = new Outbox({
      storage: parts.storage,
      owner: me,
      now: serverNow,
      ready: () => this.#socket.ready,
      request: (frame, id) => this.#socket.request(frame, id),
      changed: (entries) => {
        this.outbox.value = entries;
      },
      acked: (entry, ack) => this.#acked(entry, ack),
    });
  }

  start(): void {
    this.#socket.start();
  }

  stop(): void {
    this.#socket.stop();
  }

  reconnect(): void {
    this.#socket.retryNow();
  }

  /** Someone looks again, or the network is back. */
  nudge(): void {
    this.#socket.nudge();
  }

  /** An operation that is answered; rejects with `Refused` or `Unanswered`. */
  ask(frame: { op: string } & Record<string, unknown>): Promise<Ack> {
    return this.#socket.request(frame);
  }

  cast(frame: { op: string } & Record<string, unknown>): void {
    this.#socket.cast(frame);
  }

  /** The thread of a conversation; made on first use, forgotten when many others were looked at. */
  thread(id: string): Thread {
    let thread = this.threads.get(id);
    if (thread) this.threads.delete(id);
    else thread = new Thread(id);
    this.threads.set(id, thread);
    for (const old of this.threads.keys()) {
      if (this.threads.size <= THREADS) break;
      if (old !== this.viewing.value) this.threads.delete(old);
    }
    return thread;
  }

  view(id: string | null): void {
    if (this.viewing.value === id) return;
    this.viewing.value = id;
    this.viewers.clear();
    this.cast({ op: 'viewing', conversation_id: id });
  }

  /** Marks everything up to `seq` as read by me. */
  read(id: string, seq: number): void {
    const c = this.conversations.get(id);
    if (!c || c.unread === 0) return;
    this.#put({ ...c, unread: 0 });
    this.cast({ op: 'read', conversation_id: id, seq });
  }

  /** Puts a session of mine off until then; without a time, takes that back. */
  async snooze(c: Conversation, until_at?: number): Promise<void> {
    if (!c.session) return;
    await this.ask({ op: 'snooze', session_id: c.session.session_id, fence: c.session.fence, ...(until_at ? { until_at } : {}) });
    const now = this.conversations.get(c.conversation_id);
    if (now?.session) this.#put({ ...now, session: { ...now.session, snoozed_until: until_at } });
  }

  /** I am looking at what mentions me there. */
  notice(id: string): void {
    if (!this.mentions.value.some((m) => m.conversation_id === id)) return;
    this.mentions.value = this.mentions.value.filter((m) => m.conversation_id !== id);
    // Unanswered, it stands in the list again at the next welcome.
    void this.ask({ op: 'noticed', conversation_id: id }).catch(() => undefined);
  }

  /** Tells of sessions whose time came since it was asked last. */
  wake(before: number, now: number): void {
    for (const c of this.conversations.values()) {
      const until = c.session?.snoozed_until;
      if (until !== undefined && until > before && until <= now && isMine(c, this.me)) this.#parts.happened?.({ kind: 'woke', conversation: c });
    }
  }

  /** Writes something that must arrive exactly once. */
  write(conversation_id: string, frame: { op: 'send' | 'note' | 'handoff' } & Record<string, unknown>): boolean {
    return this.#outbox.add(clientId(), conversation_id, { ...frame, conversation_id });
  }

  /** Sends a refused entry again, with the fence of today and without holding back. */
  writeAgain(entry: Draft): void {
    const fence = this.conversations.get(entry.conversation_id)?.session?.fence;
    const change: Record<string, unknown> = { seen_seq: undefined };
    if (entry.frame.op !== 'note') change.fence = fence;
    this.#outbox.retry(entry.id, change, clientId());
  }

  discard(id: string): void {
    this.#outbox.discard(id);
  }

  pendingOf(id: string): Draft[] {
    return this.outbox.value.filter((e) => e.conversation_id === id);
  }

  isTyping(id: string, now: number): boolean {
    return (this.typing.get(id) ?? 0) > now;
  }

  /** Takes over conversations that HTTP has answered; what the socket said later wins by `rev`. */
  learn(list: Conversation[]): void {
    for (const c of list) {
      const have = this.conversations.get(c.conversation_id);
      if (!have || c.rev >= have.rev) this.#put(c);
    }
    for (const [id, c] of this.conversations) {
      if (this.conversations.size <= CARDS) break;
      if (id !== this.viewing.value && !isMine(c, this.me) && c.session?.service_state !== WAITING) this.conversations.delete(id);
    }
  }

  /** Forgets those who joined before `until` and wait no longer; offers to me and the open thread are the socket's to change. */
  leaveQueue(still: ReadonlySet<string>, until = Infinity): void {
    for (const [id, c] of this.conversations) {
      if (c.session?.service_state === WAITING && (c.session.enqueued_at ?? 0) < until && !still.has(id) && !isOffer(c, this.me) && id !== this.viewing.value) this.conversations.delete(id);
    }
  }

  take(frame: Frame): void {
    switch (frame.op) {
      case 'welcome': {
        setServerTime(frame.now);
        const other = this.#epoch !== undefined && this.#epoch !== frame.epoch;
        this.#epoch = frame.epoch;
        this.presence.value = frame.presence;
        this.counts.value = frame.counts;
        this.mentions.value = frame.mentions ?? [];
        // Whatever was mine or offered before and is not named now is no longer so.
        const named = [...frame.conversations, ...frame.offers];
        const names = new Set(named.map((c) => c.conversation_id));
        for (const [id, c] of this.conversations) {
          if (names.has(id) || !(isMine(c, this.me) || c.session?.service_state === WAITING)) continue;
          if (id !== this.viewing.value) this.conversations.delete(id);
          // The open thread stays readable; a fresh card says whose it is now.
          else if (isMine(c, this.me)) this.#put({ ...c, session: { ...c.session!, servicer_userid: undefined, servicer_name: undefined } });
        }
        const missed = this.#welcomed ? named.map((c) => this.#missed(c)) : [];
        for (const c of named) this.#put(c);
        for (const what of missed) if (what) this.#parts.happened?.(what);
        if (other) this.#reload();
        this.#welcomed = true;
        this.welcomes.value += 1;
        this.#outbox.welcomed();
        return;
      }
      case 'resumed':
        return;
      case 'resync':
        if (frame.conversation_id) void this.threads.get(frame.conversation_id)?.reload();
        else this.#reload();
        return;
      case 'message':
        this.#message(frame);
        return;
      case 'line':
        this.threads.get(frame.conversation_id)?.takeLine(frame);
        return;
      case 'conversation':
        this.#conversation(frame.conversation);
        return;
      case 'gone':
        this.#gone(frame.conversation_id, frame.reason);
        return;
      case 'presence':
        this.presence.value = frame.presence;
        return;
      case 'mentions':
        this.mentions.value = frame.items;
        if (frame.fresh && frame.items[0]) this.#parts.happened?.({ kind: 'mention', mention: frame.items[0] });
        return;
      case 'counts':
        if (frame.waiting > this.counts.value.waiting) this.#parts.happened?.({ kind: 'waiting', waiting: frame.waiting });
        this.counts.value = { mine: frame.mine, waiting: frame.waiting, colleagues: frame.colleagues, oldest_enqueued_at: frame.oldest_enqueued_at };
        return;
      case 'viewers':
        this.#looking(frame.conversation_id, frame.agents);
        return;
      case 'typing':
        if (frame.on) this.typing.set(frame.conversation_id, serverNow() + TYPING_MS);
        else this.typing.delete(frame.conversation_id);
        return;
      case 'read': {
        const c = this.conversations.get(frame.conversation_id);
        if (c && frame.seq > c.customer_read_seq) this.#put({ ...c, customer_read_seq: frame.seq });
        return;
      }
      case 'wall':
        setServerTime(frame.now);
        this.wall.value = frame;
        return;
      case 'agent':
        this.#parts.renamed?.(frame.agent);
    }
  }

  /** What became of a conversation while the line was down, if a person would have been told of it. */
  #missed(c: Conversation): Happening | undefined {
    const before = this.conversations.get(c.conversation_id);
    if (isOffer(c, this.me)) return before && isOffer(before, this.me) ? undefined : { kind: 'offer', conversation: c };
    if (!before || !isMine(before, this.me)) return { kind: 'assigned', conversation: c };
    return c.seq > before.seq && c.unread > before.unread ? { kind: 'message', conversation: c } : undefined;
  }

  #conversation(c: Conversation): void {
    const before = this.conversations.get(c.conversation_id);
    this.#put(c);
    if (isOffer(c, this.me) && !(before && isOffer(before, this.me))) this.#parts.happened?.({ kind: 'offer', conversation: c });
    else if (isMine(c, this.me) && !(before && isMine(before, this.me)) && this.#welcomed) {
      this.#parts.happened?.({ kind: 'assigned', conversation: c });
    }
  }

  /** Who else looks. A frame about one who types names only that one. */
  #looking(id: string, agents: Viewer[]): void {
    const others = agents.filter((a) => a.servicer_userid !== this.me);
    const one = agents.length === 1 ? others[0] : undefined;
    const known = this.viewers.get(id) ?? [];
    const partial = one && known.length > 1 && known.some((a) => a.servicer_userid === one.servicer_userid && a.typing !== one.typing);
    this.viewers.set(id, partial ? known.map((a) => (a.servicer_userid === one.servicer_userid ? one : a)) : others);
  }

  /** Messages do not repeat the conversation: its card follows from them. */
  #message(message: Message): void {
    this.threads.get(message.conversation_id)?.take(message);
    const c = this.conversations.get(message.conversation_id);
    if (!c) return;
    if (message.seq <= c.seq) {
      // A card that moved on: whatever is shown of the customer follows.
      const taken = message.recalled && c.last?.sent_at === message.sent_at;
      if (message.rev > c.rev) this.#put({ ...c, rev: message.rev, last: taken ? { ...c.last!, msgtype: 'recalled', preview: '' } : c.last });
      return;
    }
    const next = afterMessage(c, message);
    this.#put(next);
    if (message.origin === CUSTOMER) {
      this.typing.delete(message.conversation_id);
      if (isMine(next, this.me)) this.#parts.happened?.({ kind: 'message', conversation: next, message });
    }
  }

  #gone(id: string, reason: string): void {
    const c = this.conversations.get(id);
    if (!c) return;
    if (id === this.viewing.value) {
      // The open thread stays readable; a fresh card says whose it is now.
      if (c.session) {
        const service_state = reason === 'ended' ? 4 : reason === 'requeued' ? WAITING : SERVING;
        this.#put({ ...c, session: { ...c.session, service_state, servicer_userid: undefined, servicer_name: undefined, offered_to: undefined, offer_expires_at: undefined } });
      }
      return;
    }
    this.conversations.delete(id);
  }

  #acked(entry: Draft, ack: Ack): void {
    if (entry.frame.op !== 'send' || ack.seq === undefined || !ack.msgid) return;
    const { op: _, fence: _fence, seen_seq: _seen, ...content } = entry.frame;
    const channel = this.conversations.get(entry.conversation_id)?.entry.channel;
    const own = channel === 'website' || channel === 'app';
    // Our own sends are not echoed to this tab; revision -1 loses to whatever comes of them later.
    this.#message({
      ...content,
      msgtype: String(content.msgtype),
      msgid: ack.msgid,
      conversation_id: entry.conversation_id,
      seq: ack.seq,
      rev: -1,
      origin: SERVICER,
      sent_at: ack.sent_at ?? serverNow(),
      servicer_userid: this.me,
      client_msg_id: entry.id,
      // Our own sockets have it at once; a platform still has to take it.
      delivery: own ? 'sent' : 'pending',
    });
  }

  #reload(): void {
    for (const [id, thread] of this.threads) {
      if (id === this.viewing.value) void thread.reload();
      else this.threads.delete(id);
    }
    this.welcomes.value += 1;
  }

  #cursors(): Record<string, { seq: number; rev: number }> | undefined {
    const cursors: Record<string, { seq: number; rev: number }> = {};
    for (const [id, thread] of this.threads) if (thread.loaded.value) cursors[id] = { seq: thread.head, rev: thread.rev };
    return Object.keys(cursors).length ? cursors : undefined;
  }

  #put(c: Conversation): void {
    this.conversations.set(c.conversation_id, c);
  }
}

/** The card of a conversation after a new message. */
export function afterMessage(c: Conversation, m: Message): Conversation {
  const session = c.session && { ...c.session };
  const fromCustomer = m.origin === CUSTOMER;
  if (session && fromCustomer && m.msgtype !== 'event' && session.turn_since_at == null && session.service_state === SERVING) {
    session.turn_since_at = m.sent_at;
    session.reply_due_at = session.reply_target_s ? m.sent_at + session.reply_target_s * 1000 : undefined;
  }
  if (session && (fromCustomer || m.origin === SERVICER)) session.snoozed_until = undefined;
  if (session && m.origin === SERVICER) {
    session.turn_since_at = undefined;
    session.reply_due_at = undefined;
  }
  return {
    ...c,
    session,
    seq: m.seq,
    unread: fromCustomer ? c.unread + 1 : c.unread,
    last: m.msgtype === 'event' && c.last ? c.last : { origin: m.origin, msgtype: m.msgtype, preview: wordsOf(m), sent_at: m.sent_at, delivery: m.delivery },
  };
}
