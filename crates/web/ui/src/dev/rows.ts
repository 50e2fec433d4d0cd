// Rows of administration for the stand-in gateway.
const lists: Record<string, Record<string, unknown>[]> = {
  'canned-replies': [
    { id: 'k1', title: '贺卡代写说明', text: '贺卡免费代写，30 字以内，用洒金笺手写，随礼盒一起寄出，不含价签', shortcut: 'heka', scope: 'brand' },
    { id: 'k2', title: '贺卡常用落款', text: '送长辈：松鹤延年、福寿康宁；送同事：前程似锦、马到成功', shortcut: 'luokuan', scope: 'brand' },
    { id: 'k3', title: '企业贺礼起订量', text: '10 盒起享企业价，可印 Logo，打样 3 个工作日，开专票', shortcut: 'qiye', scope: 'team', team_id: 'g1' },
  ],
  teams: [
    { id: 'g1', name: '售前组', agent_ids: ['a1', 'a8', 'a9', 'a10'], overflow: [] },
    { id: 'g2', name: '售后组', agent_ids: ['a2', 'a3', 'a4', 'a5'], overflow: [{ team_id: 'g3', after_s: 420 }] },
    { id: 'g3', name: '综合组', agent_ids: ['a6', 'a7'], overflow: [] },
  ],
  specialists: [
    { id: 'sp1', name: '顾念', title: '茶艺顾问', company: '溪山茶社', line: '贺卡、改地址、企业礼品，都可以找我', capacity_per_day: 30, links: [{ title: '商城', url: 'https://xishan.example/shop' }], counts: { offered: 126, opened: 71, added: 47 } },
    { id: 'sp2', name: '苏晚', title: '企业采购', line: '10 盒起的企业礼品找我', capacity_per_day: 20, links: [], counts: { offered: 40, opened: 21, added: 12 } },
  ],
  'fan-groups': [{ id: 'fg1', name: '春茶会友 3 群', line: '上新先知、周三开汤、群友价；满员自动换 4 群', members: 168, capacity: 200, order: 3, counts: { offered: 60, opened: 30, joined: 21 } }],
  'kf-accounts': [{ id: 'kf1', name: '溪山茶社客服', color: '#2f6046', team_id: 'g1', hours: { timezone: 'Asia/Shanghai', week: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '09:00', to: '22:00' }], holidays: ['2026-02-17'] }, texts: { welcome: '您好，溪山茶社，有什么可以帮您？', queue: '前面还有 {place} 人，大约要 {minutes} 分钟，位置替您留着。' }, menu: { list: [{ type: 'click', click: { id: 'm1', content: '商品与库存' } }, { type: 'click', click: { id: 'm2', content: '转人工' } }] }, rules: { assign: 'auto', choice: 'least_busy', prefer_owner: true, last_agent: { enabled: true, wait_s: 30 }, accept_timeout_s: 30, reply_timeout_s: 0, reply_target_s: 120, silence_warn_s: 1800, silence_end_s: 600, ask_human_words: ['转人工', '人工'], required_skills: [], max_waiting: 10000 }, survey: { enabled: true, question: '这次帮到您了吗？', options: ['很差', '不好', '一般', '满意', '很好'].map((label, n) => ({ score: n + 1, label })) } }],
  'entry-points': [
    { id: 'ep1', name: '官网', channel: 'website', open_kfid: 'kf1', website: { allowed_origins: ['https://xishan.example'], locale: '' }, paused: false },
    { id: 'ep2', name: '微信客服', channel: 'wecom_kf', open_kfid: 'kf1', connection_id: 'cn1', wecom_kf: { upstream_open_kfid: 'wkAJ2GCAAAZSfhHCt7IFSvLKtMPxyJTw' } },
  ],
  connections: [{ id: 'cn1', name: '溪山企业微信', channel: 'wecom_kf', corpid: 'ww1a2b3c4d5e6f7788', agentid: '1000002', callback_url: 'https://kefu.xishan.example/callback/wecom_kf/01JQ8W6ZK3V5T9M2C4D6E8F0AB', token: 'qUmJk3vTzR9p', encoding_aes_key: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C' }],
  'api-keys': [{ id: 'ak1', name: 'ERP 订单同步', prefix: 'kk_8Fq2', role: 'agent' }],
  outbox: [{ id: 'o1', conversation_id: 'c7', customer_name: '名字特别长的客户', kind: 'text', attempts: 12, last_error: { code: '45009', reason: '微信限流' }, created_at: Date.now() - 3_600_000 }],
};
const qr = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h3v3H0zM6 0h3v3H6zM0 6h3v3H0zM4 4h1v1H4zM6 5h2v1H6zM5 7h1v2H5z"/></svg>`;

export function rows(method: string, a: string, b?: string, c?: string, body?: unknown): unknown {
  if (a === 'brand') return c === 'identity-key' || b ? { key: 'ik_3f9a…' } : { id: 'b1', name: '溪山茶社', color: '#2f6046', rev: 1 };
  if (a === 'entry-points' && c === 'snippet') return { html: '<script async src="https://kefu.xishan.example/widget.js" data-entry-point="01JQ8W6ZK3V5T9M2C4D6E8F0AB"></script>', chat_url: 'https://kefu.xishan.example/chat/kf1', qr_svg: qr };
  if (a === 'connections' && c === 'test') return { checks: [{ key: 'token', ok: true, text_zh: '取到了 access_token', text_en: 'Got an access_token' }, { key: 'callback', ok: false, text_zh: '还没有收到过企业微信的回调；请在后台保存一次回调设置', text_en: 'No callback has arrived yet; save the callback settings in the console once' }] };
  if (a === 'connections' && c === 'kf-accounts') return { items: [{ open_kfid: 'wkAJ2GCAAAZSfhHCt7IFSvLKtMPxyJTw', name: '溪山茶社' }] };
  const list = lists[a];
  if (!list) return undefined;
  if (method === 'POST' && !b) return a === 'agents' ? { id: 'new1', ...(body as object), password: 'kX7-mPq2-vT9z' } : { id: 'new1', ...(body as object), ...(a === 'api-keys' ? { key: 'kk_8Fq2xxxx' } : {}) };
  if (b) return { ...list.find((r) => r.id === b), ...(method === 'PATCH' ? (body as object) : {}), rev: 1 };
  return { items: list, next: null };
}
