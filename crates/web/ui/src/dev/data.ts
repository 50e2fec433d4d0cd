// Made-up people and words for looking at the console without a gateway. Never part of a build.
import type { Conversation, Entry, Explanation, Line, Message, Customer, WallFrame } from '../console/net/protocol';

export const T = Date.now();
export const min = 60_000;
const entry = (channel: Entry['channel'], name: string, kind: string, title: string, detail?: string, url?: string): Entry => ({ entry_point_id: `ep-${channel}`, channel, name, source: { kind, title, detail, url } });

interface Seed {
  id: string;
  name: string;
  mark?: 'vip' | 'regular' | 'new';
  entry: Entry;
  state?: number;
  due_s?: number;
  since_min?: number;
  unread?: number;
  preview: string;
  lastOrigin?: 3 | 5;
  lastDelivery?: Message['delivery'];
  last_min: number;
  credits?: [number, number, number];
  who?: string;
  offer_s?: number;
  cannot?: string;
}

const live = entry('wecom_kf', '茶社客服', 'live', '视频号直播间「春茶专场」', '正在讲解：明前龙井礼盒');
const seeds: Seed[] = [
  { id: 'c1', name: '何小满', entry: entry('official_account', '公众号', 'menu', '公众号 · 菜单「售后」'), due_s: -86, unread: 4, preview: '三天了还没发货，你们到底管不管？', last_min: 3 },
  { id: 'c2', name: '顾青梧', mark: 'regular', entry: entry('mini_program', '小程序', 'page', '订单详情'), due_s: 26, unread: 2, preview: '[图片] 茶饼边缘有点碎，这种能换吗', last_min: 1.5 },
  { id: 'c3', name: '周砚', mark: 'vip', entry: live, due_s: 72, preview: '好，那贺卡就写“松鹤延年”，落款周砚', last_min: 1, credits: [2, 5, 47.9] },
  { id: 'c4', name: 'Evelyn 陈', mark: 'new', entry: entry('website', '官网', 'page', '/en/gift-boxes', undefined, 'https://xishan.example/en/gift-boxes'), due_s: 112, unread: 1, preview: 'Do you ship to Singapore？关税谁付', last_min: 0.2 },
  { id: 'c5', name: '木子李', entry: entry('channels_shop', '微信小店', 'shop', '大红袍 100g'), preview: '顺丰单号已发您，预计明天下午到', lastOrigin: 5, lastDelivery: 'read', last_min: 6 },
  { id: 'c6', name: '陆远山', mark: 'regular', entry: entry('wecom_kf', '客服链接', 'link', '客服链接 · 快递面单'), preview: '好的，我查一下', lastOrigin: 5, lastDelivery: 'sent', last_min: 21 },
  { id: 'c7', name: '名字特别长的客户会在这里省略不换行', mark: 'vip', entry: entry('wecom_kf', '微信支付', 'pay', '微信支付 · 账单'), preview: '收到，谢谢', lastOrigin: 5, lastDelivery: 'failed', last_min: 40, credits: [1, 5, 0.97] },
  { id: 'w1', name: '南枝', mark: 'vip', entry: live, state: 2, since_min: 0.8, offer_s: 24, preview: '直播间的礼盒还有吗', last_min: 0.8 },
  { id: 'w2', name: 'Marcus Tan', mark: 'new', entry: entry('website', '官网', 'page', '/en/gift-boxes'), state: 2, since_min: 0.4, preview: 'Hello, anyone here?', last_min: 0.4 },
  { id: 'w3', name: '周小渔', mark: 'regular', entry: entry('wecom_kf', '客服链接', 'link', '客服链接 · 快递面单'), state: 2, since_min: 2.2, preview: '我的快递到哪了', last_min: 2.2 },
  { id: 't1', name: '江一苇', entry: live, who: '沈嘉', preview: '那我再等等', last_min: 4 },
  { id: 't2', name: '白川', entry: entry('website', '官网', 'page', '关于我们'), who: '宋一鸣', preview: '可以开专票吗', last_min: 9 },
  { id: 'e1', name: '许知远', entry: entry('website', '官网', 'page', '礼盒'), state: 4, preview: '谢谢，很满意', last_min: 60 * 26 },
];

function make(s: Seed, n: number): Conversation {
  const state = s.state ?? 3;
  const mine = state === 3 && !s.who;
  return {
    conversation_id: s.id,
    open_kfid: 'kf1',
    kf_name: '溪山茶社客服',
    customer: { external_userid: `u-${s.id}`, name: s.name, mark: s.mark ?? null, blocked: false },
    entry: s.entry,
    session: {
      session_id: `s-${s.id}`,
      no: 3,
      service_state: state,
      servicer_userid: mine ? 'a1' : s.who ? 'a2' : undefined,
      servicer_name: mine ? '林知夏' : s.who,
      team_id: 'g1',
      team_name: '售前组',
      fence: 7,
      priority: 0,
      opened_at: T - 6 * min,
      assigned_at: state === 3 ? T - 6 * min : undefined,
      enqueued_at: s.since_min ? T - s.since_min * min : undefined,
      offer_expires_at: s.offer_s ? T + s.offer_s * 1000 : undefined,
      turn_since_at: s.due_s !== undefined ? T + s.due_s * 1000 - 120_000 : undefined,
      reply_due_at: s.due_s !== undefined ? T + s.due_s * 1000 : undefined,
      reply_target_s: 120,
      why: mine ? '分给林知夏：熟客优先，上次（3 月 18 日）由 TA 接待；当时接待 5 / 8。比较了 6 人，排除 3 人\u001fTo 林知夏: served this customer last; had 5 / 8. 6 considered, 3 excluded' : undefined,
    },
    last: { origin: s.lastOrigin ?? 3, msgtype: 'text', preview: s.preview, sent_at: T - s.last_min * min, delivery: s.lastDelivery },
    seq: 20 + n,
    rev: 3,
    unread: s.unread ?? 0,
    customer_read_seq: 0,
    credits: s.credits ? { left: s.credits[0], of: s.credits[1], expires_at: T + s.credits[2] * 60 * min } : null,
    can_send: s.cannot ? { ok: false, code: s.cannot, reason: '' } : { ok: true },
  };
}
export const conversations = seeds.map(make);

type Body = Partial<Message> & { msgtype: string };
const steps: [number, 3 | 4 | 5 | 6, Body][] = [
  [60 * 26, 3, { msgtype: 'text', text: { content: '你们家明前什么时候开卖？' } }],
  [60 * 26 - 2, 5, { msgtype: 'text', text: { content: '清明前三天，直播间会先放 200 盒。官网 https://xishan.example/spring 也会同步。' }, delivery: 'read' }],
  [60 * 26 - 20, 4, { msgtype: 'survey', survey: { session_id: 's0', question: '这次服务您满意吗？', options: [{ score: 1, label: '很差' }, { score: 2, label: '不好' }, { score: 3, label: '一般' }, { score: 4, label: '满意' }, { score: 5, label: '很好' }], score: 5, comment: '回得很快，讲得清楚' }, delivery: 'sent' }],
  [7, 3, { msgtype: 'event', event: { event_type: 'queued' } }],
  [6.5, 4, { msgtype: 'msgmenu', msgmenu: { head_content: '您好，请问想咨询什么？', list: ['商品与库存', '订单与物流', '售后', '转人工'].map((content, n) => ({ type: 'click', click: { id: `m${n}`, content } })) }, delivery: 'sent' }],
  [6.2, 3, { msgtype: 'text', text: { content: '商品与库存', menu_id: 'm0' } }],
  [6, 3, { msgtype: 'channels_shop_product', channels_shop_product: { title: '明前西湖龙井 · 礼盒 250g（头采）', sales_price: '128000', shop_nickname: '溪山茶社' } }],
  [5.8, 3, { msgtype: 'text', text: { content: '这批明前是哪天采的？送长辈，价签能拿掉吗，想附张贺卡' } }],
  [5, 5, { msgtype: 'text', text: { content: '周先生您好，这批是 3 月 26 日龙坞村的头采，检测报告发您。礼盒本来就不放价签，贺卡可以代写，您把想写的话发我就行。' }, delivery: 'read' }],
  [4.9, 5, { msgtype: 'file', file: { media_id: 'f1', name: '2026 春茶检测报告.pdf', size: 1_258_291 }, delivery: 'read' }],
  [3, 3, { msgtype: 'image', image: { media_id: 'p1', width: 148, height: 104, name: 'IMG_2210.jpg' } }],
  [2.8, 3, { msgtype: 'text', text: { content: '去年是这个盒子，今年一样吗？\n好，那贺卡就写“松鹤延年”，落款周砚' } }],
  [2.4, 5, { msgtype: 'handoff', handoff: { handoff_id: 'h1', kind: 'specialist', name: '顾念', title: '茶艺顾问', line: '贺卡、改地址、企业礼品，都可以找我', status: 'opened', seen_at: T - 2 * min, opened_at: T - 1.5 * min }, delivery: 'sent' }],
  [2, 5, { msgtype: 'text', text: { content: '一样的，今年内衬换成了可降解纸浆。' }, delivery: 'failed', failure: { code: '45009', reason: '微信限流' } }],
  [1, 3, { msgtype: 'voice', voice: { media_id: 'v1', duration_s: 7 } }],
  [0.9, 3, { msgtype: 'location', location: { latitude: 30.2, longitude: 120.1, name: '龙坞茶镇', address: '杭州市西湖区转塘街道' } }],
  [0.8, 3, { msgtype: 'unsupported', unsupported: { msgtype: 'note_wall', raw: { title: '接龙', item: 3 } } }],
];
export function messagesOf(id: string): Message[] {
  const old: Message[] = Array.from({ length: 120 }, (_, n) => body(id, n + 1, 60 * 24 * 9 - n * 3, n % 3 ? 3 : 5, { msgtype: 'text', text: { content: n % 3 ? `第 ${n + 1} 句，问一下礼盒的事` : '好的，我帮您看看。' }, delivery: n % 3 ? undefined : 'read' }));
  return [...old, ...steps.map(([ago, origin, b], n) => body(id, 121 + n, ago, origin, b))];
}
function body(id: string, seq: number, ago: number, origin: 3 | 4 | 5 | 6, b: Body): Message {
  return { msgid: `${id}-${seq}`, conversation_id: id, seq, rev: 0, origin, sent_at: T - ago * min, session_id: `s-${id}`, ...(origin === 5 ? { servicer_userid: 'a1', name: '林知夏' } : {}), ...b };
}
export const linesOf = (id: string): Line[] => [
  { conversation_id: id, no: 1, after_seq: 124, kind: 'system', event: 'transferred', name: '沈嘉', text: '林知夏\u001f客户要改地址', sent_at: T - 6.4 * min },
  { conversation_id: id, no: 2, after_seq: 130, kind: 'note', servicer_userid: 'a2', name: '沈嘉', text: '他去年 11 月买过 3 盒送客户，问问企业礼品价', sent_at: T - 4 * min },
];

export const explanation: Explanation = {
  decided_at: T - 6 * min, outcome: 'assigned', chosen: { servicer_userid: 'a1', name: '林知夏' }, reason: 'last_agent',
  text_zh: '售后组 4 人都不能接，最快约 2 分钟后有人空出。', text_en: 'None of the 4 in after-sales can take it; someone should be free in about 2 minutes.', considered: 6, excluded: 3,
  candidates: [
    { servicer_userid: 'a2', name: '沈嘉', load: 6, limit: 6, verdict: 'full', detail_zh: '满额。2 段等客户已超 8 分钟', detail_en: 'Full. 2 sessions wait for the customer for over 8 min' },
    { servicer_userid: 'a3', name: '宋一鸣', load: 6, limit: 6, verdict: 'full', detail_zh: '满额。正在结束 1 段', detail_en: 'Full. Ending one session' },
    { servicer_userid: 'a4', name: '陶然', load: 0, limit: 6, verdict: 'break', detail_zh: '小休 05:10，批准 10 分钟', detail_en: 'On break 05:10 of 10 min' },
    { servicer_userid: 'a5', name: '方舟', load: 0, limit: 6, verdict: 'offline', detail_zh: '离线，13:31 断线未回', detail_en: 'Offline since 13:31' },
    { servicer_userid: 'a1', name: '林知夏', load: 6, limit: 8, verdict: 'missing_skill', detail_zh: '组外，且没有技能「退换货」', detail_en: 'Other team, and lacks the skill “returns”' },
  ],
  next: { what_zh: '07:00 起自动溢出到综合组，还有', what_en: 'overflows to General in', at: T + 18_000 }, customer_sees: { place: 1, estimate_s: 120 },
};
export const customer = (id: string): Customer => {
  const c = conversations.find((x) => x.customer.external_userid === id) ?? conversations[2]!;
  return {
    external_userid: id, name: c.customer.name, mark: c.customer.mark, tags: ['送礼', '龙井', '企业采购', '不放价签'], remark: '送岳父 70 寿，4 月 12 日前要到。不接电话，微信联系。', phone: '138 0000 8802', blocked: false, created_at: T - 140 * 1440 * min,
    attributes: { 城市: '杭州', 会员等级: '金茶' },
    identities: [
      { id: 'i1', channel: 'wecom_kf', entry_point_name: '视频号 砚台里的春天', label: 'wmABC…9f', evidence: 'unionid', created_at: T - 140 * 1440 * min },
      { id: 'i2', channel: 'official_account', entry_point_name: '公众号 2025-11-03 关注', label: 'oAbc…12', evidence: 'unionid', created_at: T - 130 * 1440 * min },
      { id: 'i3', channel: 'website', entry_point_name: '官网会员 8802', label: 'member-8802', evidence: 'signed', created_at: T - 30 * 1440 * min },
    ],
    handoffs: { offered: 2, opened: 1, added: 0, joined: 0, items: [{ handoff_id: 'h1', kind: 'specialist', target_id: 'sp1', name: '顾念', title: '茶艺顾问', status: 'opened', offered_at: T - 2.4 * min, seen_at: T - 2 * min, opened_at: T - 1.5 * min, conversation_id: c.conversation_id }, { handoff_id: 'h0', kind: 'fan_group', target_id: 'fg1', name: '春茶会友 3 群', status: 'expired', offered_at: T - 30 * 1440 * min, conversation_id: c.conversation_id }] },
    notes: [{ id: 'n1', servicer_name: '林知夏', text: '喜欢清淡口，不要焙火重的', created_at: T - 17 * 1440 * min }],
    sessions: [
      { session_id: 'p2', no: 2, opened_at: T - 17 * 1440 * min, ended_at: T - 17 * 1440 * min + 18 * min, end_reason: 'agent', servicer_name: '林知夏', messages: 22, score: 5, comment: '回得很快，讲得清楚', source: '贺卡与改地址' },
      { session_id: 'p1', no: 1, opened_at: T - 140 * 1440 * min, ended_at: T - 140 * 1440 * min + 31 * min, end_reason: 'silence', servicer_name: '沈嘉', messages: 31, source: '企业礼品询价' },
    ],
    footsteps: [{ title: '看春茶专场直播 18 分钟', at: T - 24 * min }, { title: '礼盒 · 明前西湖龙井', url: 'https://xishan.example/gift', at: T - 10 * min }],
    current_page: c.entry.channel === 'website' ? { title: '礼盒 · 溪山茶社', url: 'https://xishan.example/gift' } : null,
  };
};
const names: [string, string, string, number, number, number, string, string?, number?][] = [
  ['a2', '沈嘉', '售后组', 6, 0, 6, 'online'], ['a3', '宋一鸣', '售后组', 6, 0, 6, 'online'], ['a4', '陶然', '售后组', 0, 0, 6, 'break', '用餐'], ['a1', '林知夏', '售前组', 6, 2, 8, 'online', undefined, 1],
  ['a6', '江澈', '综合组', 3, 0, 8, 'online'], ['a7', '苏晚', '综合组', 4, 0, 8, 'online'], ['a8', '白露', '售前组', 6, 0, 6, 'busy'], ['a9', '陈屿', '售前组', 6, 0, 6, 'online'], ['a10', '纪澄', '售前组', 0, 0, 5, 'break', '培训'], ['a5', '方舟', '售后组', 0, 0, 6, 'offline'],
];
export const agents = names.map(([servicer_userid, name, team, load, offers, limit, state, reason, overdue], n) => ({ servicer_userid, id: servicer_userid, account: servicer_userid, role: n ? 'agent' : 'supervisor', name, title: '茶艺客服', team_names: [team], team_ids: [team === '售后组' ? 'g2' : team === '售前组' ? 'g1' : 'g3'], skills: ['退换货'], languages: ['zh'], state: state as 'online', reason: reason ?? null, since_at: T - (n + 2) * 5 * min, load, offers, limit, overdue: overdue ?? 0, connected: state !== 'offline', disabled: false, created_at: T, rev: 1 }));
const wave = (n: number, base: number, up: number) => Array.from({ length: n }, (_, i) => Math.max(0, Math.round(base + up * i + Math.sin(i * 1.3) * base * 0.2)));
export const wall = (): WallFrame => ({
  now: Date.now(),
  alarms: [{ kind: 'no_agent', text_zh: '售后组 7 人在等，没有人能接。2 人满额，1 人小休，1 人离线。', text_en: '7 wait for after-sales and nobody can take them: 2 full, 1 on break, 1 offline.', team_id: 'g2', since_at: T - 5 * min }],
  figures: { waiting: 12, waiting_1h_ago: 3, oldest_enqueued_at: T - 6.7 * min, oldest_team: '售后组', promise_s: 300, service_level: { pct: 81.4, target_pct: 85, within_s: 60, window_s: 1800 }, free_slots: 9, total_slots: 64, first_reply: { p50_s: 38, p90_s: 112 } },
  waiting: ['许知远', '何以宁', '阿柚柚', '南枝', 'Marcus Tan', '周小渔'].map((name, n) => ({ session_id: `q${n}`, conversation_id: `w${(n % 3) + 1}`, customer_name: name, mark: n === 3 ? 'vip' : n === 4 ? 'new' : n % 2 ? null : 'regular', entry: conversations[n]!.entry, team_id: n < 3 ? 'g2' : 'g1', team_name: n < 3 ? '售后组' : '售前组', stuck: n < 3 ? 'no_agent' : 'offered', stuck_text_zh: n < 3 ? '没有人能接' : '等林知夏接受 0:09', stuck_text_en: n < 3 ? 'Nobody can take it' : 'Offered to 林知夏', enqueued_at: T - (6.7 - n * 1.2) * min, promise_s: 300, priority: 0, explanation })),
  waiting_total: 12,
  agents,
  series: { step_s: 300, from_at: T - 60 * min, in: wave(12, 18, 1.5), assigned: wave(12, 18, 0.9), wait_p50_s: wave(12, 30, 1), wait_p90_s: wave(12, 90, 14), queue: wave(12, 3, 0.8), oldest_s: wave(12, 60, 30), handoffs_added: wave(12, 0, 1.2) },
  handoffs_today: { offered: 126, seen: 98, opened: 71, added: 47, joined: 21 },
});
