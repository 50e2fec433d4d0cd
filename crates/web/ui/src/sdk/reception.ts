// What the gateway says of the reception beside messages: its state, who types, who has read.
import type { Emitter } from './emitter.ts';
import type { ServerFrame, Session } from './protocol.ts';
import type { ClientEvents } from './state.ts';

const typingMs = 6_000;
const noSession: Session = { service_state: 0 };

export class Reception {
  session = noSession;
  agentRead = 0;
  /** Name of the agent who types, empty if it is not known. */
  typing: string | null = null;
  private typed: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly events: Emitter<ClientEvents>,
    private readonly changed: () => void,
  ) {
    events.on('message', ({ origin, event }) => {
      if (origin !== 4) this.typing = null;
      if (event?.event_type === 'session_ended') events.emit('ended', event.reason ? { reason: event.reason } : {});
    });
  }

  clear(): void {
    this.session = noSession;
    this.agentRead = 0;
    this.typing = null;
  }

  take(frame: ServerFrame): void {
    switch (frame.op) {
      case 'welcome':
        this.session = frame.session ?? this.session;
        this.agentRead = Math.max(this.agentRead, frame.agent_read_seq ?? 0);
        break;
      case 'session':
        this.follow(frame);
        break;
      case 'typing':
        this.typing = frame.on ? (frame.name ?? '') : null;
        clearTimeout(this.typed);
        this.typed = setTimeout(() => {
          this.typing = null;
          this.changed();
        }, typingMs);
        break;
      case 'read':
        this.agentRead = Math.max(this.agentRead, frame.seq);
        break;
      case 'resync':
        this.agentRead = 0;
        break;
      default:
    }
  }

  private follow({ op: _op, ...session }: { op: 'session' } & Session): void {
    const before = this.session.agent?.name;
    this.session = session;
    const name = session.agent?.name;
    if (session.service_state === 3 && name && name !== before) this.events.emit('agentJoined', { name });
  }
}
