// What the frames of the line make of the conversation: its thread, the state of the reception,
// who reads and who types. It asks for a new line where frames cannot go on from what is known.
import type { Emitter } from './emitter.ts';
import type { Message, ServerFrame, Session } from './protocol.ts';
import { isPassing } from './protocol.ts';
import type { Sender } from './sender.ts';
import type { ClientEvents } from './state.ts';
import { Thread } from './thread.ts';

export interface ConversationHost {
  sender: Sender;
  events: Emitter<ClientEvents>;
  /** Entries that were made here, to tell this page alone that they were sent. */
  mine: Set<string>;
  now(): number;
  /** What is known does not belong to what the server has: load it afresh. */
  reload(): void;
  changed(): void;
}

const typingMs = 6_000;
const noSession: Session = { service_state: 0 };

export class Conversation {
  readonly thread = new Thread();
  session = noSession;
  agentRead = 0;
  /** Name of the agent who types, empty if it is not known. */
  typing: string | null = null;
  /** True after the first messages came. */
  loaded = false;
  private typed: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly host: ConversationHost) {}

  clear(): void {
    this.thread.clear();
    this.session = noSession;
    this.agentRead = 0;
    this.typing = null;
    this.loaded = false;
  }

  take(frame: ServerFrame): void {
    switch (frame.op) {
      case 'welcome':
        if (!this.thread.welcome(frame.epoch, frame.seq, frame.rev)) return this.resync();
        this.session = frame.session ?? this.session;
        this.agentRead = Math.max(this.agentRead, frame.agent_read_seq ?? 0);
        break;
      case 'resumed':
        this.thread.resumed();
        this.loaded = true;
        break;
      case 'message':
        this.message(frame);
        break;
      case 'ack':
        this.ack(frame.id, frame.msgid, frame.seq, frame.sent_at);
        break;
      case 'session':
        this.reception(frame);
        break;
      case 'typing':
        this.typing = frame.on ? (frame.name ?? '') : null;
        clearTimeout(this.typed);
        this.typed = setTimeout(() => {
          this.typing = null;
          this.host.changed();
        }, typingMs);
        break;
      case 'read':
        this.agentRead = Math.max(this.agentRead, frame.seq);
        break;
      case 'resync':
        return this.resync();
      case 'error':
        this.refusal(frame.code, frame.detail, frame.id, frame.retry_after_s);
        break;
      default:
        return;
    }
    this.host.changed();
  }

  private message({ op: _op, ...message }: { op: 'message' } & Message): void {
    const { events, sender } = this.host;
    const first = this.thread.isFresh;
    const verdict = this.thread.take(message);
    if (message.client_msg_id) sender.landed(message.client_msg_id);
    if (verdict !== 'new' || first) return;
    if (message.origin !== 3) {
      if (message.origin !== 4) this.typing = null;
      events.emit('message', message);
    }
    if (message.event?.event_type === 'session_ended') {
      events.emit('ended', message.event.reason ? { reason: message.event.reason } : {});
    }
  }

  private ack(id: string, msgid?: string, seq?: number, sentAt?: number): void {
    const entry = this.host.sender.landed(id);
    if (entry?.frame.op === 'send' && seq !== undefined) {
      const { op: _op, id: _id, ...content } = entry.frame;
      this.thread.place({ ...content, msgid: msgid ?? id, seq, rev: 0, origin: 3, sent_at: sentAt ?? this.host.now() });
    }
    if (this.host.mine.delete(id)) this.host.events.emit('sent', msgid === undefined ? { id } : { id, msgid });
  }

  private reception({ op: _op, ...session }: { op: 'session' } & Session): void {
    const before = this.session.agent?.name;
    this.session = session;
    const name = session.agent?.name;
    if (session.service_state === 3 && name && name !== before) this.host.events.emit('agentJoined', { name });
  }

  private refusal(code: string, detail: string | undefined, id: string | undefined, retryAfterS: number | undefined): void {
    const ours = id !== undefined && this.host.sender.refused(id, code, retryAfterS);
    if (!ours || !isPassing(code)) this.host.events.emit('error', detail === undefined ? { code } : { code, detail });
  }

  private resync(): void {
    this.thread.clear();
    this.agentRead = 0;
    this.host.reload();
    this.host.changed();
  }
}
