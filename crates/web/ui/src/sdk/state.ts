import type { LinkState } from './link.ts';
import type { Pending } from './outbox.ts';
import type { KfFace, Limits, Message, OpenAnswer, PreChat, ServerFrame, Session } from './protocol.ts';

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

/** What one client tells others of the same visitor. */
export type News =
  | { t: 'frame'; frame: ServerFrame }
  | { t: 'link'; state: LinkState }
  | { t: 'opened'; opened: OpenAnswer }
  | { t: 'put'; entry: Pending }
  | { t: 'remove'; id: string }
  | { t: 'answered' }
  | { t: 'read'; seq: number };

/** Why a visit should be opened anew. */
export type Wish =
  | { t: 'identify'; identity: string }
  | { t: 'attributes'; attributes: Record<string, unknown> }
  | { t: 'reopen' };
