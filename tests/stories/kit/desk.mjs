// An agent as a program: signed in by ticket, on the agent socket, answering over the API.
import { setTimeout as pause } from 'node:timers/promises';

/** Waits until `look` answers something, and says what it waited for. */
export async function until(what, look, ms = 15_000) {
  const end = Date.now() + ms;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`not in ${ms} ms: ${what}`);
    await pause(50);
  }
}

/** One HTTP call; anything but success is an error that tells the answer. */
export async function call(url, { method = 'GET', cookie, bearer, body, form, raw = false } = {}) {
  const headers = {};
  if (cookie) Object.assign(headers, { cookie, origin: new URL(url).origin });
  if (bearer) headers.authorization = `Bearer ${bearer}`;
  if (body) headers['content-type'] = 'application/json';
  const answer = await fetch(url, { method, headers, body: form ?? (body && JSON.stringify(body)) });
  if (raw) return answer;
  const text = await answer.text();
  if (!answer.ok) throw Object.assign(new Error(`${method} ${url}: ${answer.status} ${text}`), { status: answer.status, problem: JSON.parse(text || '{}') });
  return text ? JSON.parse(text) : null;
}

export class Desk {
  /** Signs an agent in, opens the console's socket and takes customers. */
  static async open(demo, account = 'linzhixia') {
    const desk = new Desk();
    desk.url = demo.url;
    desk.agent = await demo.as(account);
    desk.me = desk.agent.me.servicer_userid;
    const { ticket } = await (await demo.as('admin')).post(`/agents/${desk.me}/tickets`);
    desk.socket = new WebSocket(`${demo.url.replace('http', 'ws')}/v1/agent/socket`);
    desk.conversations = new Map();
    desk.said = new Map();
    await new Promise((open, fail) => {
      desk.socket.onopen = open;
      desk.socket.onerror = () => fail(new Error('the agent socket does not open'));
    });
    desk.socket.onmessage = ({ data }) => desk.#hear(JSON.parse(data));
    desk.#say({ op: 'hello', ticket, tab: 'story' });
    await until('the desk is welcomed', () => desk.epoch);
    desk.#say({ op: 'state', id: 'online', state: 'online' });
    await until('the desk is online', () => desk.online);
    desk.beat = setInterval(() => desk.#say({ op: 'ping' }), 10_000);
    return desk;
  }

  #say(frame) {
    this.socket.send(JSON.stringify(frame));
  }

  #hear(frame) {
    if (frame.op === 'welcome') this.epoch = frame.epoch;
    if (frame.op === 'ack' && frame.id === 'online') this.online = true;
    if (frame.op === 'conversation') this.conversations.set(frame.conversation.conversation_id, frame.conversation);
    if (frame.op === 'message') this.said.set(frame.msgid, frame);
  }

  close() {
    clearInterval(this.beat);
    this.socket.close();
  }

  /** A message that reached this desk by its socket. */
  heard(what, wanted) {
    return until(`the desk hears ${what}`, () => [...this.said.values()].find(wanted));
  }

  hearsText(text) {
    return this.heard(text, ({ msgtype, text: said }) => msgtype === 'text' && said.content === text);
  }

  conversation(id) {
    return this.agent.get(`/conversations/${id}`);
  }

  async messages(id) {
    return (await this.agent.get(`/conversations/${id}/messages?limit=100`)).messages;
  }

  async message(id, msgid) {
    return (await this.messages(id)).find((one) => one.msgid === msgid);
  }

  reply(id, content) {
    return this.agent.post(`/conversations/${id}/messages`, { client_msg_id: `r${Math.random().toString(36).slice(2)}`, ...content });
  }

  replyText(id, content) {
    return this.reply(id, { msgtype: 'text', text: { content } });
  }

  async upload(bytes, name, type) {
    const form = new FormData();
    form.append('media', new Blob([bytes], { type }), name);
    return call(`${this.url}/v1/media`, { method: 'POST', cookie: this.agent.cookie, form });
  }

  async bytes(mediaId) {
    const answer = await call(`${this.url}/v1/media/${mediaId}`, { cookie: this.agent.cookie, raw: true });
    if (!answer.ok) throw new Error(`media ${mediaId}: ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
  }

  end(session) {
    return this.agent.post(`/sessions/${session.session_id}/close`, { fence: session.fence });
  }
}
