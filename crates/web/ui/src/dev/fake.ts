// A stand-in for the gateway, inside the page: fetch and WebSocket that speak PROTOCOL.md well
// enough to look at every page. `VITE_FAKE=1 vite --mode console`; never part of a build.
import { agents, conversations, customer, explanation, linesOf, messagesOf, T, wall } from './data';
import { rows } from './rows';
import type { Conversation, Message } from '../console/net/protocol';

const role = new URLSearchParams(location.search).get('role') ?? 'administrator';
const me = { servicer_userid: 'a1', account: 'xia', name: '林知夏', title: '茶艺客服', role, brand: { id: 'b1', name: '溪山茶社', slug: 'xishan' }, team_ids: ['g1'], limit: 8, must_change_password: false, prefs: {} };
const threads = new Map<string, Message[]>();
const thread = (id: string) => threads.get(id) ?? threads.set(id, messagesOf(id)).get(id)!;
const page = (items: unknown[]) => ({ items, next: null });
let signedIn = !location.pathname.endsWith('/login');

function answer(method: string, path: string, query: URLSearchParams, body: Record<string, unknown>): unknown {
  const [, a, b, c] = path.split('/');
  if (a === 'me') return signedIn ? me : { status: 401, code: 'unauthenticated' };
  if (a === 'bootstrap') return { version: '0.1.0', brand_count: 1, single_brand_name: '溪山茶社', demo: true };
  if (a === 'login') return body.password === 'wrong' ? { status: 401, code: 'unauthenticated' } : ((signedIn = true), me);
  if (a === 'conversations' && !b) {
    const view = query.get('view');
    return page(conversations.filter((x) => (view === 'waiting' ? x.session?.service_state === 2 : view === 'colleagues' ? x.session?.servicer_userid === 'a2' : true)));
  }
  if (a === 'conversations' && c === 'messages') {
    const all = thread(b!);
    const before = Number(query.get('before_seq')) || Infinity;
    const fit = all.filter((m) => m.seq < before);
    const some = fit.slice(-50);
    return { epoch: 'e1', messages: some, lines: linesOf(b!), has_more: some.length < fit.length };
  }
  if (a === 'conversations') return conversations.find((x) => x.conversation_id === b) ?? { status: 404, code: 'not_found' };
  if (a === 'sessions' && c === 'explanation') return explanation;
  if (a === 'customers' && b) return method === 'PATCH' ? { ...customer(b), ...body } : customer(b);
  if (a === 'customers') return page(conversations.map((x) => ({ ...customer(x.customer.external_userid), name: x.customer.name, mark: x.customer.mark })));
  if (a === 'search') return { customers: [customer('u-c3')], conversations: conversations.slice(2, 4), messages: [{ conversation_id: 'c3', msgid: 'c3-129', seq: 129, sent_at: T, snippet: '礼盒本来就不放价签，贺卡可以代写', customer_name: '周砚' }] };
  if (a === 'agents' && method === 'GET') return b ? agents.find((x) => x.id === b) : page(agents);
  return rows(method, a ?? '', b, c, body) ?? { status: 404, code: 'not_found', detail: path };
}

class FakeSocket {
  onopen: (() => void) | null = null;
  onmessage: ((e: { data: string }) => void) | null = null;
  onclose: ((e: { code: number; reason: string }) => void) | null = null;
  #timers: ReturnType<typeof setInterval>[] = [];
  constructor() {
    setTimeout(() => this.onopen?.(), 20);
  }
  send(text: string): void {
    const f = JSON.parse(text) as Record<string, string> & { on?: boolean; text?: { content: string } };
    const say = (frame: object, ms = 60) => setTimeout(() => this.onmessage?.({ data: JSON.stringify(frame) }), ms);
    const mine = conversations.filter((x) => x.session?.servicer_userid === 'a1');
    if (f.op === 'hello') {
      say({ op: 'welcome', epoch: 'e1', now: Date.now(), heartbeat_ms: 15000, presence: { state: 'online', since_at: T, load: 6, offers: 1, limit: 8 }, conversations: mine, offers: conversations.filter((x) => x.session?.offer_expires_at), counts: { mine: 7, waiting: 2, colleagues: 41, oldest_enqueued_at: T - 132_000 } });
      say({ op: 'resumed' });
      say({ op: 'typing', conversation_id: 'c4', on: true }, 200);
      return;
    }
    if (f.op === 'ping') return void say({ op: 'pong' });
    if (f.op === 'wall') {
      if (f.on) this.#timers.push(setInterval(() => this.onmessage?.({ data: JSON.stringify({ op: 'wall', ...wall() }) }), 1000));
      return void say({ op: 'wall', ...wall() });
    }
    if (f.op === 'viewing') return void (f.conversation_id && say({ op: 'viewers', conversation_id: f.conversation_id, agents: [{ servicer_userid: 'a2', name: '沈嘉', typing: false }] }));
    if (!f.id) return;
    if (f.op === 'send') {
      const all = thread(f.conversation_id!);
      const { op: _, fence: _f, seen_seq: _s, id: _i, ...content } = f as Record<string, unknown>;
      const m = { ...content, msgid: `${f.conversation_id}-${all.length + 1}`, seq: all.length + 1, rev: 0, origin: 5, sent_at: Date.now(), servicer_userid: 'a1', name: '林知夏', client_msg_id: f.id, delivery: 'sent' } as unknown as Message;
      all.push(m);
      say({ op: 'ack', id: f.id, msgid: m.msgid, seq: m.seq, sent_at: m.sent_at }, 200);
      say({ op: 'message', ...m }, 260);
      return;
    }
    if (f.op === 'state') say({ op: 'presence', presence: { state: f.state, reason: f.reason, since_at: Date.now(), load: 6, offers: 1, limit: 8 } });
    if (f.op === 'accept') {
      const c = conversations.find((x) => x.session?.session_id === f.session_id) as Conversation;
      c.session = { ...c.session!, service_state: 3, servicer_userid: 'a1', offer_expires_at: undefined, assigned_at: Date.now() };
      say({ op: 'conversation', conversation: c });
    }
    say({ op: 'ack', id: f.id }, 120);
  }
  close(): void {
    this.#timers.forEach(clearInterval);
    setTimeout(() => this.onclose?.({ code: 1000, reason: '' }), 5);
  }
}

export async function install(): Promise<void> {
  const real = window.fetch;
  window.fetch = async (input, init) => {
    const url = new URL(String(input), location.href);
    if (!url.pathname.startsWith('/v1/')) return real(input, init);
    await new Promise((r) => setTimeout(r, 40));
    const said = answer(init?.method ?? 'GET', url.pathname.slice(3), url.searchParams, init?.body ? JSON.parse(String(init.body)) : {}) as { status?: number } | undefined;
    const status = said?.status ?? 200;
    return new Response(JSON.stringify(said ?? {}), { status: typeof status === 'number' ? status : 200, headers: { 'content-type': 'application/json' } });
  };
  const Native = window.WebSocket;
  window.WebSocket = new Proxy(Native, { construct: (target, args: [string, string?]) => (String(args[0]).includes('/v1/') ? (new FakeSocket() as unknown as WebSocket) : new target(...args)) });
}
