// A gateway for tests, in memory and by script: keeps one conversation, speaks the visitor door,
// and lets a test cut lines, swallow acks, hold frames back and change its epoch.
import type { Env, SocketLike } from '../env.ts';
import type { Message, ServerFrame } from '../protocol.ts';
import type { StorageLike } from '../storage.ts';

type Sent = Record<string, unknown> & { op: string };

export class FakeSocket implements SocketLike {
  readyState = 0;
  private readonly heard: Record<string, (event: never) => void> = {};
  /** Frames of the client, parsed. */
  readonly sent: Sent[] = [];
  greeted = false;

  constructor(private readonly gateway: FakeGateway) {}

  addEventListener(event: string, heard: (event: never) => void): void {
    this.heard[event] = heard;
  }

  emit(event: string, value: unknown): void {
    this.heard[event]?.(value as never);
  }

  send(data: string): void {
    if (this.readyState !== 1) return;
    const frame = JSON.parse(data) as Sent;
    this.sent.push(frame);
    this.gateway.hear(this, frame);
  }

  close(): void {
    this.readyState = 3;
  }

  /** The gateway, or the network, ends it. */
  end(code: number, reason = ''): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.emit('close', { code, reason });
  }

  say(frame: ServerFrame | Record<string, unknown>): void {
    if (this.readyState === 1) this.emit('message', { data: JSON.stringify(frame) });
  }
}

export class MemoryStorage implements StorageLike {
  private readonly map = new Map<string, string>();
  get length(): number {
    return this.map.size;
  }
  key(at: number): string | null {
    return [...this.map.keys()][at] ?? null;
  }
  getItem(key: string): string | null {
    return this.map.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.map.set(key, value);
  }
  removeItem(key: string): void {
    this.map.delete(key);
  }
}

export class FakeGateway {
  epoch = 'e1';
  rev = 0;
  log: Message[] = [];
  sockets: FakeSocket[] = [];
  opens: Record<string, unknown>[] = [];
  polls = 0;
  /** What the next call of `open` is answered instead, as [status, code]. */
  refuseOpen: [number, string][] = [];
  /** Sockets are refused, as by a proxy that knows none. */
  noSockets = false;
  /** An opening is on its way for so long. */
  openTravelsMs = 0;
  /** An answer to a poll is made, and then travels for so long. */
  pollTravelsMs = 0;
  /** No answer to anything. */
  down = false;
  /** Stored, but the line breaks before the ack. */
  swallowAcks = 0;
  /** Refusals for the next sends. */
  refuseSends: { code: string; retry_after_s?: number }[] = [];
  /** The sender does not get its own message as a frame, only the ack. */
  echo = true;
  visitor = 'v1';
  tokens = new Map<string, string>();
  private ids = new Map<string, { body: string; seq: number }>();

  readonly storage = new MemoryStorage();

  env(extra: Partial<Env> = {}): Env {
    return {
      fetch: (url, init) => this.http(String(url), init ?? {}),
      socket: () => this.connect(),
      storage: () => this.storage,
      now: () => Date.now(),
      random: () => 0.5,
      ...extra,
    };
  }

  get live(): FakeSocket | undefined {
    return this.sockets.findLast((socket) => socket.readyState === 1);
  }

  /** Something is said by someone else. */
  write(content: string, more: Partial<Message> = {}): Message {
    const message: Message = {
      msgid: `c-${this.log.length + 1}`, seq: this.log.length + 1, rev: 0, origin: 5, name: '林知夏',
      sent_at: 1000 + this.log.length, msgtype: 'text', text: { content }, ...more,
    };
    this.log.push(message);
    return message;
  }

  /** Writes it and pushes it on every live line. */
  tell(content: string, more: Partial<Message> = {}): Message {
    const message = this.write(content, more);
    this.push(message);
    return message;
  }

  change(seq: number, part: Partial<Message>): Message {
    const message = { ...this.log[seq - 1], ...part, rev: ++this.rev } as Message;
    this.log[seq - 1] = message;
    return message;
  }

  push(message: Message): void {
    for (const socket of this.sockets) if (socket.greeted) socket.say({ op: 'message', ...message });
  }

  texts(): (string | undefined)[] {
    return this.log.map((message) => message.text?.content);
  }

  hear(socket: FakeSocket, frame: Sent): void {
    if (this.down) return;
    if (frame.op === 'hello') this.greet(socket, frame);
    else if (frame.op === 'ping') socket.say({ op: 'pong' });
    else if (frame.op === 'send' || frame.op === 'rate') this.store(socket, frame);
  }

  private connect(): FakeSocket {
    const socket = new FakeSocket(this);
    this.sockets.push(socket);
    setTimeout(() => {
      if (socket.readyState !== 0) return;
      if (this.noSockets || this.down) return socket.end(1006);
      socket.readyState = 1;
      socket.emit('open', {});
    }, 1);
    return socket;
  }

  private greet(socket: FakeSocket, frame: Sent): void {
    if (!this.tokens.has(String(frame.token))) return socket.end(4401);
    const seq = (frame.seq as number | undefined) ?? -1;
    if (frame.epoch !== undefined && (frame.epoch !== this.epoch || seq > this.log.length)) return socket.say({ op: 'resync', epoch: this.epoch });
    const rev = (frame.rev as number | undefined) ?? 0;
    const missed = seq < 0 ? this.log.slice(-30) : this.log.filter((m) => m.seq > seq || m.rev > rev);
    socket.say({ op: 'welcome', epoch: this.epoch, seq: this.log.length, rev: this.rev, heartbeat_ms: 15_000, session: { service_state: 0 }, agent_read_seq: 0 });
    for (const message of missed) socket.say({ op: 'message', ...message });
    socket.greeted = true;
    socket.say({ op: 'resumed' });
  }

  private store(socket: FakeSocket, frame: Sent): void {
    const refusal = this.refuseSends.shift();
    if (refusal) return socket.say({ op: 'error', id: frame.id, detail: '', ...refusal });
    const ack = this.file(frame);
    if (ack.op === 'ack' && this.swallowAcks > 0) {
      this.swallowAcks--;
      return socket.end(1006);
    }
    socket.say(ack);
    if (this.echo && ack.op === 'ack' && !ack.duplicate) this.push(this.log[(ack.seq as number) - 1] as Message);
  }

  private file(frame: Sent): Record<string, unknown> {
    const { op, id, ...content } = frame as { op: string; id: string };
    const body = JSON.stringify(content);
    const known = this.ids.get(id);
    if (known && known.body !== body) return { op: 'error', id, code: 'idempotency_conflict', detail: '' };
    if (known) return { op: 'ack', id, seq: known.seq, msgid: `c-${known.seq}`, sent_at: 1, duplicate: true };
    if (op === 'rate') return { op: 'ack', id };
    const message = this.write('', { ...(content as Partial<Message>), origin: 3, client_msg_id: id });
    delete message.name;
    this.ids.set(id, { body, seq: message.seq });
    return { op: 'ack', id, seq: message.seq, msgid: message.msgid, sent_at: message.sent_at };
  }

  private async http(url: string, init: RequestInit): Promise<Response> {
    if (this.down) throw new TypeError('Failed to fetch');
    const { pathname, searchParams } = new URL(url);
    const body = init.body ? (JSON.parse(String(init.body)) as Sent) : ({} as Sent);
    const token = new Headers(init.headers).get('Authorization')?.slice(7) ?? '';
    if (pathname.endsWith('/open')) {
      const answer = this.open(body);
      if (this.openTravelsMs) await new Promise((resolve) => setTimeout(resolve, this.openTravelsMs));
      return answer;
    }
    if (!this.tokens.has(token)) return problem(401, 'token_invalid');
    if (pathname.endsWith('/poll')) return this.poll(searchParams, init.signal ?? undefined);
    if (pathname.endsWith('/messages') && init.method === 'POST') {
      const { client_msg_id, ...content } = body as Record<string, unknown>;
      const ack = this.file({ op: 'send', id: client_msg_id, ...content } as unknown as Sent);
      return json(ack);
    }
    if (pathname.endsWith('/messages')) {
      const before = Number(searchParams.get('before'));
      return json({ messages: this.log.filter((m) => m.seq < before).slice(-Number(searchParams.get('limit'))) });
    }
    return problem(404, 'not_found');
  }

  private open(body: Sent): Response {
    this.opens.push(body);
    const refusal = this.refuseOpen.shift();
    if (refusal) return problem(...refusal);
    if (body.token !== undefined && !this.tokens.has(String(body.token))) return problem(401, 'token_invalid');
    const token = (body.token as string | undefined) ?? `t${this.tokens.size + 1}`;
    this.tokens.set(token, this.visitor);
    return json({
      token, expires_at: 0, external_userid: this.visitor, epoch: this.epoch, seq: this.log.length, rev: this.rev,
      kf: { open_kfid: 'k1', name: '溪山茶社客服' }, session: { service_state: 0 },
      limits: { text_chars: 4096, upload_bytes: 1000, upload_types: ['image/*'] },
    });
  }

  private async poll(query: URLSearchParams, signal?: AbortSignal): Promise<Response> {
    this.polls++;
    const seq = query.get('seq') === null ? -1 : Number(query.get('seq'));
    const rev = Number(query.get('rev') ?? 0);
    const until = Date.now() + Number(query.get('wait_s')) * 1000;
    const news = () => (seq < 0 ? this.log.slice(-30) : this.log.filter((m) => m.seq > seq || m.rev > rev));
    while (!news().length && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      if (signal?.aborted) throw new DOMException('aborted', 'AbortError');
    }
    const answer = json({ epoch: this.epoch, seq: this.log.length, rev: this.rev, messages: news(), session: { service_state: 0 } });
    if (this.pollTravelsMs) await new Promise((resolve) => setTimeout(resolve, this.pollTravelsMs));
    return answer;
  }
}

const json = (body: unknown) => new Response(JSON.stringify(body), { status: 200 });
const problem = (status: number, code: string) => new Response(JSON.stringify({ code, detail: '' }), { status });
