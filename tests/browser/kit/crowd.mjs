// A stand-in for the gateway at the edge of the browser: the built console as it is served, with more
// conversations and a longer thread than anybody would type in.

const T = Date.now();
const me = { servicer_userid: 'a1', account: 'xia', name: '林知夏', role: 'supervisor', brand: { id: 'b1', name: '溪山茶社', slug: 'xishan' }, team_ids: ['g1'], limit: 9999, must_change_password: false, prefs: { locale: 'zh-CN', theme: 'light' } };

const conversation = (n, length) => ({
  conversation_id: `c${n}`, open_kfid: 'kf1', kf_name: '溪山茶社',
  customer: { external_userid: `u${n}`, name: `客户 ${n}`, mark: n % 9 ? null : 'vip', blocked: false },
  entry: { entry_point_id: 'e1', channel: 'website', name: '官网', source: { kind: 'page', title: '礼盒' } },
  session: { session_id: `s${n}`, no: 1, service_state: 3, servicer_userid: 'a1', servicer_name: '林知夏', fence: 1, priority: n % 3, opened_at: T - n * 1000, assigned_at: T - n * 1000, reply_target_s: 120, ...(n % 2 ? {} : { turn_since_at: T - n * 500, reply_due_at: T - n * 500 + 120_000 }) },
  last: { origin: 3, msgtype: 'text', preview: `第 ${n} 位的最后一句，问一下礼盒的事`, sent_at: T - n * 700 },
  seq: length, rev: 1, unread: n % 4, customer_read_seq: 0, credits: null, can_send: { ok: true },
});
const message = (id, seq, length) => ({ msgid: `${id}-${seq}`, conversation_id: id, seq, rev: 0, origin: seq % 3 ? 3 : 5, sent_at: T - (length - seq) * 60_000, session_id: 's', msgtype: 'text', text: { content: seq % 5 ? `第 ${seq} 句，茶饼边缘有点碎，这种能换吗` : `第 ${seq} 句，写得长一些：${'好的，我帮您看看，请您稍等。'.repeat(6)}` }, ...(seq % 3 ? {} : { servicer_userid: 'a1', name: '林知夏', delivery: 'read' }) });

/** Answers for a desk of `people` conversations whose first one is `length` messages long; answers how to say something live. */
export async function crowd(context, people, length) {
  const all = Array.from({ length: people }, (_, n) => conversation(n + 1, n ? 20 : length));
  let socket;
  const send = (frame) => socket.send(JSON.stringify(frame));
  await context.routeWebSocket(/\/v1\/agent\/socket/, (ws) => {
    socket = ws;
    ws.onMessage((text) => {
      const frame = JSON.parse(String(text));
      if (frame.op === 'hello') {
        send({ op: 'welcome', epoch: 'e1', now: Date.now(), heartbeat_ms: 15_000, presence: { state: 'online', since_at: T, load: people, offers: 0, limit: 9999 }, conversations: all, offers: [], mentions: [], counts: { mine: people, waiting: 0, colleagues: 0 } });
        send({ op: 'resumed' });
      } else if (frame.op === 'ping') send({ op: 'pong' });
      else if (frame.id) send({ op: 'ack', id: frame.id });
    });
  });
  const page = (items) => ({ items, next: null });
  await context.route(/\/v1\/(?!agent\/socket)/, async (route) => {
    const url = new URL(route.request().url());
    const [, , kind, id, part] = url.pathname.split('/');
    let answer = page([]);
    if (kind === 'me') answer = me;
    else if (kind === 'bootstrap') answer = { version: '0', brand_count: 1 };
    else if (kind === 'conversations' && part === 'messages') {
      const before = Number(url.searchParams.get('before_seq')) || length + 1;
      const from = Math.max(1, before - 50);
      answer = { epoch: 'e1', messages: Array.from({ length: before - from }, (_, n) => message(id, from + n, length)), lines: [], has_more: from > 1 };
    } else if (kind === 'conversations' && id) answer = all.find((c) => c.conversation_id === id);
    else if (kind === 'customers' && id) answer = { external_userid: id, name: '客户', mark: null, tags: [], blocked: false, created_at: T, attributes: {}, identities: [], handoffs: { offered: 0, opened: 0, added: 0, joined: 0, items: [] }, notes: [], sessions: [], footsteps: [] };
    await route.fulfill({ json: answer });
  });
  return { say: (n) => send({ op: 'message', ...message('c1', length + n, length + n), origin: 3 }) };
}
