// Shapes of the agent door, as PROTOCOL.md and the HTTP API define them. Unknown fields are ignored.

export type Origin = 3 | 4 | 5 | 6;
export const CUSTOMER: Origin = 3;
export const SYSTEM: Origin = 4;
export const SERVICER: Origin = 5;
export const ASSISTANT: Origin = 6;

export const NEW = 0;
export const BOT = 1;
export const WAITING = 2;
export const SERVING = 3;
export const ENDED = 4;

export type Delivery = 'pending' | 'sent' | 'delivered' | 'read' | 'failed' | 'unknown';
export type Channel = 'wecom_kf' | 'official_account' | 'mini_program' | 'channels_shop' | 'website' | 'app';
export type Mark = 'vip' | 'regular' | 'new' | null;
export type AgentState = 'online' | 'busy' | 'break' | 'offline';
export type Role = 'administrator' | 'supervisor' | 'agent';
export type HandoffKind = 'specialist' | 'fan_group';
export type HandoffStatus = 'offered' | 'seen' | 'opened' | 'added' | 'joined' | 'expired' | 'refused' | 'failed';

export interface MediaContent {
  media_id: string;
  name?: string;
  size?: number;
  width?: number;
  height?: number;
  mime?: string;
  /** Seconds, of voice and video. */
  duration_s?: number;
  /** What was said in a voice message, as the platform heard it. */
  transcript?: string;
}

export interface MenuItem {
  type: string;
  click?: { id: string; content: string };
  view?: { url: string; content: string };
  miniprogram?: { appid: string; pagepath: string; content: string };
  text?: { content: string; no_newline?: number };
}

export interface HandoffContent {
  handoff_id: string;
  kind: HandoffKind;
  name: string;
  title?: string;
  line?: string;
  company?: string;
  avatar_media_id?: string | null;
  qr_media_id?: string | null;
  url?: string | null;
  links?: { title: string; url: string }[];
  status: HandoffStatus;
  members?: number;
  capacity?: number;
  offered_at?: number;
  seen_at?: number;
  opened_at?: number;
  done_at?: number;
}

export interface SurveyContent {
  session_id: string;
  question: string;
  options: { score: number; label: string }[];
  score?: number;
  comment?: string;
}

/** An earlier message that a text answers. A sender names it; the rest comes from the gateway. */
export interface Quote {
  msgid: string;
  origin?: Origin;
  name?: string;
  msgtype?: string;
  preview?: string;
}

/** Content by `msgtype`; what is not listed is read as it comes. */
export interface Contents {
  text?: { content: string; menu_id?: string; quote?: Quote };
  image?: MediaContent;
  voice?: MediaContent;
  video?: MediaContent;
  file?: MediaContent;
  location?: { latitude: number; longitude: number; name?: string; address?: string };
  link?: { title: string; desc?: string; url: string; thumb_media_id?: string };
  miniprogram?: { title: string; appid?: string; pagepath?: string; thumb_media_id?: string };
  msgmenu?: { head_content?: string; list?: MenuItem[]; tail_content?: string };
  handoff?: HandoffContent;
  survey?: SurveyContent;
  event?: { event_type: string; name?: string; reason?: string };
  channels_shop_product?: { product_id?: string; head_img?: string; title?: string; sales_price?: string; shop_nickname?: string; shop_head_img?: string };
  channels_shop_order?: { order_id?: string; product_titles?: string; price_wording?: string; state?: string; image_url?: string; shop_nickname?: string };
  channels?: { sub_type?: number; nickname?: string; title?: string };
  business_card?: { userid?: string };
  merged_msg?: { title?: string; item?: { send_time?: number; msgtype?: string; sender_name?: string; msg_content?: string | object }[] };
  unsupported?: { msgtype: string; raw?: unknown };
}

export interface Message extends Contents {
  msgid: string;
  conversation_id: string;
  seq: number;
  rev: number;
  origin: Origin;
  sent_at: number;
  session_id?: string;
  msgtype: string;
  servicer_userid?: string;
  name?: string;
  client_msg_id?: string | null;
  entry_point_id?: string;
  channel?: Channel;
  delivery?: Delivery;
  failure?: { code: string; reason: string };
  recalled?: boolean;
}

/** A private note or an inner system line: hangs after a `seq`, has a number of its own. */
export interface Line {
  conversation_id: string;
  no: number;
  after_seq: number;
  kind: 'note' | 'system';
  servicer_userid?: string;
  name?: string;
  text: string;
  event?: string;
  sent_at: number;
}

export interface Entry {
  entry_point_id: string;
  channel: Channel;
  name: string;
  source?: { kind: string; title: string; detail?: string; url?: string; campaign?: string; referrer?: string } | null;
}

export interface Session {
  session_id: string;
  no: number;
  service_state: number;
  servicer_userid?: string;
  servicer_name?: string;
  team_id?: string;
  team_name?: string;
  fence: number;
  priority: number;
  opened_at: number;
  enqueued_at?: number;
  /** The customer left the queue then and wants to be answered later. */
  left_at?: number;
  assigned_at?: number;
  /** To whom an offer goes; only while one holds. */
  offered_to?: string;
  offer_expires_at?: number;
  turn_since_at?: number;
  reply_due_at?: number;
  reply_target_s?: number;
  /** Served in the platform's own client: the member there, or nobody yet. */
  elsewhere?: { userid: string };
  /** Put off until then; nobody has written since. */
  snoozed_until?: number;
  ended_at?: number;
  why?: string;
}

export interface Conversation {
  conversation_id: string;
  open_kfid: string;
  kf_name: string;
  customer: { external_userid: string; name: string; avatar_media_id?: string | null; mark: Mark; blocked: boolean; owner?: string | null; owner_name?: string | null };
  entry: Entry;
  session: Session | null;
  last: { origin: Origin; msgtype: string; preview: string; sent_at: number; delivery?: Delivery } | null;
  seq: number;
  rev: number;
  unread: number;
  customer_read_seq: number;
  credits: { left: number; of: number; expires_at: number; customer_left?: boolean } | null;
  can_send: { ok: true } | { ok: false; code: string; reason: string };
}

export interface Presence {
  state: AgentState;
  reason?: string | null;
  since_at: number;
  load: number;
  offers: number;
  limit: number;
}

export interface Counts {
  mine: number;
  waiting: number;
  colleagues: number;
  oldest_enqueued_at?: number | null;
}

/** A note that names me and that I have not looked at. */
export interface Mention {
  conversation_id: string;
  no: number;
  text: string;
  at: number;
  /** Who wrote it. */
  name: string;
  customer_name: string;
  external_userid: string;
}

export interface Viewer {
  servicer_userid: string;
  name: string;
  typing?: boolean;
}

export interface Me {
  servicer_userid: string;
  account: string;
  name: string;
  avatar_media_id?: string | null;
  title?: string;
  role: Role;
  brand: { id: string; name: string; slug?: string };
  team_ids: string[];
  limit: number;
  must_change_password: boolean;
  prefs: Prefs;
}

export interface Prefs {
  locale?: 'zh-CN' | 'en';
  theme?: 'light' | 'dark' | 'system';
  notify?: { sound?: boolean; desktop?: boolean; tone?: Tone; of?: 'mine' | 'all'; repeat?: boolean };
  /** A reply can be taken back for so many seconds before it goes out. */
  undo_s?: number;
  send_key?: 'enter' | 'ctrl_enter';
  folders?: { name: string; view: string; channel: string; state: string; team_id: string; mark: string; priority?: string; sort: string }[];
}

export type Tone = 'soft' | 'bell' | 'knock';

export interface Candidate {
  servicer_userid: string;
  name: string;
  /** The customer is theirs. */
  owner?: boolean;
  load: number;
  limit: number;
  verdict: string;
  detail_zh: string;
  detail_en: string;
}

export interface Explanation {
  decided_at: number;
  outcome: string;
  chosen?: { servicer_userid: string; name: string } | null;
  reason: string;
  text_zh: string;
  text_en: string;
  considered: number;
  excluded: number;
  candidates: Candidate[];
  next?: { what_zh: string; what_en: string; at?: number | null } | null;
  customer_sees?: { place?: number; estimate_s?: number | [number, number] } | null;
}

export interface Handoff {
  handoff_id: string;
  kind: HandoffKind;
  target_id: string;
  name: string;
  title?: string;
  status: HandoffStatus;
  offered_at: number;
  seen_at?: number | null;
  opened_at?: number | null;
  done_at?: number | null;
  expires_at?: number | null;
  servicer_name?: string;
  conversation_id: string;
  msgid?: string;
}

export interface PastSession {
  session_id: string;
  no: number;
  opened_at: number;
  ended_at?: number | null;
  end_reason?: string | null;
  servicer_name?: string | null;
  team_name?: string | null;
  messages: number;
  score?: number | null;
  comment?: string | null;
  first_reply_s?: number | null;
  source?: string | { title?: string } | null;
}

export interface Customer {
  external_userid: string;
  name: string;
  avatar_media_id?: string | null;
  mark: Mark;
  tags: string[];
  /** The agent whose customer this is. */
  owner?: string | null;
  remark?: string;
  phone?: string;
  blocked: boolean;
  created_at: number;
  rev?: number;
  attributes: Record<string, string>;
  /** Names of those that the company signed. */
  signed_attributes?: string[];
  identities: { id: string; channel: Channel; entry_point_name: string; label: string; evidence: string | { by?: string }; created_at: number }[];
  handoffs: { offered: number; opened: number; added: number; joined: number; items: Handoff[] };
  notes: { id: string; servicer_name: string; text: string; created_at: number }[];
  sessions: PastSession[];
  footsteps: { title: string; url?: string; campaign?: string; referrer?: string; at: number }[];
  current_page?: { title?: string; url?: string } | null;
}

export interface WallFrame {
  now: number;
  /** The team that it is of; without one, the whole brand. */
  team_id?: string | null;
  alarms: { kind: string; text_zh: string; text_en: string; team_id?: string; since_at: number }[];
  figures: {
    waiting: number;
    waiting_1h_ago?: number | null;
    oldest_enqueued_at: number | null;
    oldest_team?: string | null;
    promise_s: number;
    service_level: { pct: number | null; target_pct: number; within_s: number; window_s: number };
    free_slots: number;
    total_slots: number;
    first_reply: { p50_s: number | null; p90_s: number | null };
  };
  waiting: WallWaiting[];
  waiting_total: number;
  /** Up to 500; how many there are in all, and in each state. */
  agents: WallAgent[];
  agents_total?: number;
  agents_by_state?: Partial<Record<AgentState, number>>;
  series: {
    step_s: number;
    from_at: number;
    in: number[];
    assigned: number[];
    wait_p50_s: number[];
    wait_p90_s: number[];
    first_reply_p50_s?: number[];
    queue: number[];
    oldest_s: number[];
    handoffs_added: number[];
  };
  handoffs_today: { offered: number; seen: number; opened: number; added: number; joined: number };
}

export interface WallWaiting {
  session_id: string;
  conversation_id: string;
  customer_name: string;
  mark: Mark;
  /** Whose customer it is. */
  owner?: string | null;
  owner_name?: string | null;
  entry: Entry;
  team_id?: string | null;
  team_name?: string | null;
  stuck: string;
  stuck_text_zh: string;
  stuck_text_en: string;
  enqueued_at: number;
  promise_s: number;
  priority: number;
  explanation: Explanation | null;
}

export interface WallAgent {
  servicer_userid: string;
  name: string;
  team_names: string[];
  state: AgentState;
  reason?: string | null;
  since_at: number;
  load: number;
  offers: number;
  limit: number;
  overdue: number;
  connected: boolean;
}

/** What an `ack` frame may carry, by the kind of frame it answers. */
export interface Ack {
  op: 'ack';
  id: string;
  msgid?: string;
  seq?: number;
  sent_at?: number;
  duplicate?: boolean;
  no?: number;
  after_seq?: number;
  conversation?: Conversation;
}

export interface ErrorFrame {
  op: 'error';
  id?: string;
  code: string;
  detail?: string;
  retry_after_s?: number;
}

export interface Welcome {
  op: 'welcome';
  epoch: string;
  now: number;
  heartbeat_ms: number;
  agent?: Partial<Me>;
  presence: Presence;
  conversations: Conversation[];
  offers: Conversation[];
  mentions?: Mention[];
  counts: Counts;
}

/** Frames that the gateway sends, but for the ones the socket client deals with alone. */
export type Frame =
  | Welcome
  | { op: 'resumed' }
  /** With a conversation: only that one is too far behind. */
  | { op: 'resync'; epoch?: string; conversation_id?: string }
  | ({ op: 'message' } & Message)
  | ({ op: 'line' } & Line)
  | { op: 'conversation'; conversation: Conversation }
  | { op: 'gone'; conversation_id: string; session_id: string; reason: 'transferred' | 'ended' | 'requeued' | 'taken' }
  | { op: 'presence'; presence: Presence }
  | ({ op: 'counts' } & Counts)
  | { op: 'mentions'; items: Mention[]; fresh?: boolean }
  | { op: 'viewers'; conversation_id: string; agents: Viewer[] }
  | { op: 'typing'; conversation_id: string; on: boolean }
  | { op: 'read'; conversation_id: string; seq: number }
  | ({ op: 'wall' } & WallFrame)
  /** My role, name or teams were changed by someone. */
  | { op: 'agent'; agent: Partial<Me> };
