// What stands beside the messages: the reception's state, who types, how far each side has read, and
// which page the visitor looks at. What found no line is told again when there is one.
import type { Timer } from './env.ts';
import type { Inside } from './inside.ts';
import type { Message, Page, ServerFrame, Session } from './protocol.ts';
import type { Shelf } from './storage.ts';
import type { VisitFacts } from './visit.ts';

const typingMs = 6_000;

/** @internal */
export interface Reception {
  session: Session;
  agentRead: number;
  /** Name of the agent who types, empty if it is not known. */
  typing: string | null;
  /** The visitor has seen messages up to here, in any tab, now or before. */
  read: number;
  clear(): void;
  take(frame: ServerFrame): void;
  see(seq: number): void;
  /** The page was told with the opening of the visit; or `again`, by another tab and for another page. */
  opened(again: boolean): void;
  /** Tells the gateway how far is read and which page is open, if it does not know. */
  tell(): void;
}

export function makeReception(shelf: Shelf, facts: VisitFacts, at: Inside): Reception {
  let typed: Timer;
  let readTold = 0;
  let pageTold: Page | undefined;
  const self: Reception = {
    session: { service_state: 0 },
    agentRead: 0,
    typing: null,
    read: Number(shelf.get('read')) || 0,
    clear() {
      self.session = { service_state: 0 };
      self.agentRead = 0;
      self.typing = null;
      self.see(0);
    },
    take(frame) {
      if (frame.op === 'welcome') {
        self.session = frame.session ?? self.session;
        self.agentRead = Math.max(self.agentRead, frame.agent_read_seq ?? 0);
      } else if (frame.op === 'session') {
        const { op: _op, ...session } = frame;
        const before = self.session.agent?.name;
        const name = session.agent?.name;
        self.session = session;
        if (session.service_state === 3 && name && name !== before) at.events.emit('agentJoined', { name });
      } else if (frame.op === 'typing') {
        self.typing = frame.on ? (frame.name ?? '') : null;
        clearTimeout(typed);
        typed = setTimeout(() => {
          self.typing = null;
          at.changed();
        }, typingMs);
      } else if (frame.op === 'read') self.agentRead = Math.max(self.agentRead, frame.seq);
      else if (frame.op === 'resync') self.agentRead = 0;
    },
    see(seq) {
      self.read = seq;
      readTold = Math.min(readTold, seq);
      shelf.put('read', seq ? String(seq) : '');
    },
    opened(again) {
      pageTold = again ? undefined : facts.page;
    },
    tell() {
      if (self.read > readTold && at.line.signal({ op: 'read', seq: self.read })) readTold = self.read;
      const { page } = facts;
      if (!page || (page.url === pageTold?.url && page.title === pageTold.title)) return;
      if (at.line.signal({ op: 'page', page: { url: page.url, title: page.title } })) pageTold = page;
    },
  };
  at.events.on('message', ({ origin, event }) => {
    if (origin !== 4) self.typing = null;
    if (event?.event_type === 'session_ended') at.events.emit('ended', event.reason ? { reason: event.reason } : {});
  });
  return self;
}

/** How many words of the other side stand after `read`; what the system notes beside them does not count. */
export const unreadAfter = (read: number, messages: Message[]) =>
  messages.filter((m) => m.seq > read && m.origin !== 3 && m.msgtype !== 'event' && !m.recalled).length;
