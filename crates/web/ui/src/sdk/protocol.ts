// The visitor's side of the Kefu protocol, as it stands on the wire. Nothing here knows a page.

/** Who wrote a message: customer, system, human agent, assistant. */
export type Origin = 3 | 4 | 5 | 6;
/** New, assistant, waiting, serving, ended. */
export type ServiceState = 0 | 1 | 2 | 3 | 4;

export interface TextContent { content: string; menu_id?: string; quote?: { msgid: string; origin?: number; name?: string; msgtype?: string; preview?: string } }
export interface MediaContent { media_id: string; name?: string; size?: number; width?: number; height?: number; mime?: string }
export interface LocationContent { latitude: number; longitude: number; name?: string; address?: string }
export interface LinkContent { title: string; desc?: string; url: string; thumb_media_id?: string }
export interface MiniProgramContent { title: string; appid?: string; pagepath?: string; thumb_media_id?: string }
export interface MenuItem {
  type: string;
  click?: { id: string; content: string };
  view?: { url: string; content: string };
  miniprogram?: { content: string };
  text?: { content: string };
}
export interface MenuContent { head_content?: string; list: MenuItem[]; tail_content?: string }
export type HandoffStatus = 'offered' | 'seen' | 'opened' | 'added' | 'joined' | 'expired' | 'refused' | 'failed';
export interface HandoffContent {
  handoff_id: string;
  kind: 'specialist' | 'fan_group';
  name: string;
  title?: string;
  line?: string;
  company?: string;
  avatar_media_id?: string | null;
  qr_media_id?: string | null;
  url?: string | null;
  links?: { title: string; url: string }[];
  status: HandoffStatus;
}
export interface SurveyContent {
  session_id: string;
  question: string;
  options: { score: number; label: string }[];
  score?: number | null;
  comment?: string | null;
}
export interface EventContent { event_type: string; name?: string; reason?: string }

export interface Message {
  msgid: string;
  seq: number;
  rev: number;
  origin: Origin;
  /** Milliseconds since 1970, server's clock. */
  sent_at: number;
  session_id?: string;
  msgtype: string;
  /** Public name of the writer; with origin 5 only. */
  name?: string;
  client_msg_id?: string;
  recalled?: boolean;
  text?: TextContent;
  image?: MediaContent;
  voice?: MediaContent;
  video?: MediaContent;
  file?: MediaContent;
  location?: LocationContent;
  link?: LinkContent;
  miniprogram?: MiniProgramContent;
  msgmenu?: MenuContent;
  handoff?: HandoffContent;
  survey?: SurveyContent;
  event?: EventContent;
}

export interface Session {
  service_state: ServiceState;
  session_id?: string | null;
  /** How many customers stand before this one; only while waiting. */
  place?: number | null;
  /** Shortest and longest expected wait, seconds; only while waiting. */
  estimate_s?: [number, number] | null;
  estimated_at?: number | null;
  agent?: { name: string; avatar_media_id?: string | null; title?: string | null } | null;
  can_rate?: boolean;
  off_hours?: boolean;
  /** Outside hours: when somebody is there again. */
  opens_at?: number | null;
}

export interface KfFace {
  open_kfid: string;
  name: string;
  avatar_media_id?: string | null;
  color?: string | null;
  hours?: string | null;
  open_now?: boolean;
  reply_hint_s?: number | null;
  greeting?: string | null;
  /** Outside hours: when an answer may be expected, in the brand's words. */
  promise?: string | null;
  menu?: MenuContent | null;
  /** The visitor may go on in WeChat. */
  continue?: boolean;
}

export type QuestionKind = 'name' | 'phone' | 'email' | 'text' | 'choice';
/** One thing that is asked; without a label, in the client's own words for its kind. */
export interface Question { name: string; kind: QuestionKind; label?: string | null; required: boolean; options?: string[] }
/** What is to be asked before the first message: only what is not known yet. */
export interface PreChat { lead?: string | null; fields: Question[]; consent?: { text?: string | null; url?: string | null } | null }

/** Where a visitor goes on, with a code that is theirs for ten minutes and for one use. */
export interface CarryOver { url: string; qr_svg: string; expires_at: number }

export interface Limits { text_chars: number; upload_bytes: number; upload_types: string[] }

export interface OpenAnswer {
  token: string;
  expires_at: number;
  external_userid: string;
  epoch: string;
  seq: number;
  rev: number;
  kf: KfFace;
  session: Session;
  prechat?: PreChat | null;
  limits: Limits;
}

export interface Page { url: string; title: string; referrer?: string }
/** Where in an app a visit began: its deep link's parameters. */
export interface AppFacts { screen: string; version?: string; platform?: string }

/** Where a client stands in its conversation. */
export interface Position { epoch: string; seq: number; rev: number }

export type SendFrame = { op: 'send'; id: string; msgtype: string } & Record<string, unknown>;
export type RateFrame = { op: 'rate'; id: string; session_id: string; score: number; comment?: string };
/** Frames that make something durable and are answered by `ack` or `error`. */
export type DurableFrame = SendFrame | RateFrame;
/** Frames that are signals: lost with the line, never repeated. */
export type SignalFrame =
  | { op: 'read'; seq: number }
  | { op: 'typing'; on: boolean }
  | { op: 'human' }
  | { op: 'leave' }
  | { op: 'opened'; handoff_id: string }
  | { op: 'page'; page: { url: string; title: string } }
  | { op: 'event'; event: { name: string; detail?: string | undefined } }
  | { op: 'tag'; add?: string[]; remove?: string[] };
export type ClientFrame = DurableFrame | SignalFrame;

export interface WelcomeFrame {
  op: 'welcome';
  epoch: string;
  seq: number;
  rev: number;
  heartbeat_ms?: number;
  session: Session;
  agent_read_seq?: number | null;
}
export interface AckFrame { op: 'ack'; id: string; msgid?: string; seq?: number; sent_at?: number; duplicate?: boolean }
export interface ErrorFrame { op: 'error'; code: string; detail?: string; id?: string; retry_after_s?: number }
export type ServerFrame =
  | WelcomeFrame
  | AckFrame
  | ErrorFrame
  | ({ op: 'message' } & Message)
  | { op: 'resumed' }
  | ({ op: 'session' } & Session)
  | { op: 'typing'; on: boolean; name?: string }
  | { op: 'read'; seq: number }
  | { op: 'resync'; epoch?: string }
  | { op: 'reconnect'; after_ms?: number }
  | { op: 'pong' };

/** Answer of the long poll. */
export interface PollAnswer {
  epoch: string;
  seq: number;
  rev: number;
  messages: Message[];
  session: Session;
  agent_read_seq?: number | null;
  resync?: boolean;
}

/** Why a client does not connect again by itself. */
export type StopReason = 'elsewhere' | 'forbidden' | 'protocol' | 'identity' | 'missing' | 'continued';
/** How to go on after a line broke: after the usual wait if it says nothing. */
export interface CloseRule {
  /** Not by itself. */
  stop?: StopReason | undefined;
  /** Milliseconds that the gateway asked for. */
  wait?: number | undefined;
  /** The first time at once. */
  now?: boolean;
  /** With a new token. */
  open?: boolean;
}

const stopped: Record<number, StopReason | undefined> = { 4029: 'elsewhere', 4403: 'forbidden', 4410: 'continued' };
const misspoken = [1002, 1003, 1007, 1009, 4400];

/** What to do after a socket was closed with this code (close codes of the protocol, §5). */
export function closeRule(code: number, reason: string): CloseRule {
  const seconds = code === 1013 ? Number.parseFloat(reason) : code === 1008 ? 30 : -1;
  return {
    stop: misspoken.includes(code) ? 'protocol' : stopped[code],
    wait: seconds >= 0 ? Math.min(seconds, 300) * 1000 : undefined,
    now: code === 4008 || code === 4401,
    open: code === 4401,
  };
}

/** Error codes after which the same frame may be sent again: it left no trace. */
const passing = new Set(['overloaded', 'store_unavailable', 'rate_limited']);
export const isPassing = (code: string) => passing.has(code);

/** Milliseconds before try number `attempt` (0, 1, 2 …): 0.5 s doubling to 30 s, each ± 50 %. */
export function backoff(attempt: number, random: () => number): number {
  const base = Math.min(30_000, 500 * 2 ** Math.min(attempt, 10));
  return Math.round(base * (0.5 + random()));
}
