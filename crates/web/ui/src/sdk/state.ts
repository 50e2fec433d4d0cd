import type { LinkState } from './link.ts';
import type { Pending } from './outbox.ts';
import type { KfFace, Limits, Message, PreChat, Session } from './protocol.ts';

/** What a screen needs; a new value after each change. */
export interface ClientState {
  kf: KfFace | null;
  opened: boolean;
  limits: Limits;
  /** To be asked before the first message. */
  prechat: PreChat | null;
  session: Session;
  link: LinkState;
  messages: Message[];
  pending: Pending[];
  /** True after the first messages of this visit came. */
  loaded: boolean;
  hasEarlier: boolean;
  loadingEarlier: boolean;
  /** The agent has read the visitor's messages up to here. */
  agentRead: number;
  /** The visitor has seen messages up to here. */
  read: number;
  unread: number;
  /** Name of the agent who types, empty if it is not known. */
  typing: string | null;
}

export interface ClientEvents {
  change: ClientState;
  /** A message came that the visitor did not write and has not had before. */
  message: Message;
  sent: { id: string; msgid?: string };
  agentJoined: { name: string };
  ended: { reason?: string };
  error: { code: string; detail?: string };
  reset: null;
}
