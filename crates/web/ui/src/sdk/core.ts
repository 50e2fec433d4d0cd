// The core of a visitor's client: opens a visit, keeps a line and the thread, and sends what was said
// exactly once over reconnects and reloads. It knows the protocol and nothing of a screen; what a
// screen asks for is in `client.ts`.
import { Emitter } from './emitter.ts';
import { type Env, defaultEnv, freshId } from './env.ts';
import { Http, Refusal } from './http.ts';
import { Link, type LinkState } from './link.ts';
import { Outbox } from './outbox.ts';
import { type Message, type OpenAnswer, type ServerFrame, type SignalFrame, isPassing } from './protocol.ts';
import { Sender } from './sender.ts';
import type { ClientEvents, News, Wish } from './state.ts';
import { type Shelf, shelf } from './storage.ts';
import { Thread } from './thread.ts';
import { Visit, type VisitFacts } from './visit.ts';

export interface ClientOptions extends VisitFacts {
  /** Scheme, host and port of the gateway, without a slash at the end. */
  origin: string;
  /** Network, storage and clock of the device, where they are not a browser's. */
  env?: Partial<Env>;
}

const gapMs = 2_000;
const gapTries = 3;

export class VisitorCore {
  /** True between `start` and `stop`. */
  running = false;
  /** True after the first messages of this visit came. */
  loaded = false;
  readonly thread = new Thread();
  readonly outbox: Outbox;
  linkState: LinkState = { status: 'idle' };
  protected readonly env: Env;
  protected readonly facts: VisitFacts;
  protected readonly shelf: Shelf;
  protected readonly visit: Visit;
  protected readonly http: Http;
  protected readonly link: Link;
  protected readonly sender: Sender;
  protected readonly events = new Emitter<ClientEvents>();
  /** Entries that were made here, to tell this page alone that they were sent. */
  private readonly mine = new Set<string>();
  private gaps = 0;
  private healing: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ClientOptions) {
    const { origin, env, ...facts } = options;
    this.env = { ...defaultEnv(), ...env };
    this.facts = facts;
    this.shelf = shelf(`kefu:${facts.entryPoint}`, this.env.storage);
    this.visit = new Visit(this.shelf, facts);
    this.outbox = new Outbox(this.shelf);
    this.outbox.restore(this.env.now());
    this.http = new Http(origin, this.env.fetch, () => this.visit.token);
    this.link = new Link(origin, this.http, {
      token: (again) => this.token(again),
      position: () => this.thread.position(),
      frame: (frame) => this.onLine(frame),
      state: (state) => this.onLink(state),
    }, this.env);
    this.sender = new Sender(this.outbox, {
      lead: () => this.lead,
      online: () => this.linkState.status === 'online' && this.visit.opened !== null,
      nudge: () => this.running && this.nudge(),
      send: (frame) => this.link.send(frame),
      renew: () => this.link.renew(),
      share: (news) => this.share(news),
      changed: () => this.changed(),
    });
  }

  on<K extends keyof ClientEvents>(event: K, listener: (value: ClientEvents[K]) => void): () => void {
    return this.events.on(event, listener);
  }

  /** Begins, or goes on after `stop`. */
  start(): void {
    if (this.running) return;
    this.running = true;
    this.link.start();
  }

  /** Lets go of the line; the thread stays as it is. */
  stop(): void {
    this.running = false;
    this.link.stop();
  }

  /** Someone looks, or the network is back: connect now rather than later. */
  nudge(): void {
    this.link.nudge();
  }

  /** Queues a message, its content under the name in `msgtype`; false if too much waits already. */
  send(content: { msgtype: string } & Record<string, unknown>): boolean {
    return this.say({ op: 'send', ...content });
  }

  /** Queues a text; false if too much waits already, or it is empty or too long. */
  sendText(content: string, menuId?: string): boolean {
    // Half of a surrogate pair and NUL are not text to the server.
    const text = content.replace(/[\ud800-\udfff]/gu, '\ufffd').replaceAll('\0', '').trim();
    if (!text || Array.from(text).length > (this.visit.opened?.limits.text_chars ?? 4096)) return false;
    return this.send({ msgtype: 'text', text: menuId ? { content: text, menu_id: menuId } : { content: text } });
  }

  /** Sends a signal; false if there is no line to send it on. */
  signal(frame: SignalFrame): boolean {
    return this.link.send(frame);
  }

  /** Signs the visitor in with the brand's word (an HS256 JWT). Another person than before gets another thread. */
  identify(identity: string): void {
    const verdict = this.visit.identify(identity);
    if (verdict === 'same') return;
    if (verdict === 'other') this.empty();
    this.reopen({ t: 'identify', identity });
  }

  /** The person leaves this device: nothing of the visit may stay. */
  reset(): void {
    this.visit.forget();
    this.empty();
    this.reopen();
  }

  /** True if this client owns the line. */
  protected get lead(): boolean {
    return this.running;
  }

  /** Hears what others of the same visitor would want to know. Alone there are none. */
  protected share(_news: News): void {}

  /** Something that can be shown is not as it was. */
  protected changed(): void {}

  /** A frame that is none of the core's business. */
  protected heard(_frame: ServerFrame): void {}

  protected say(frame: { op: 'send'; msgtype: string } | { op: 'rate'; session_id: string; score: number }): boolean {
    const id = freshId(this.env);
    if (!this.sender.say({ ...frame, id }, this.env.now())) return false;
    this.mine.add(id);
    return true;
  }

  protected empty(): void {
    this.sender.clear();
    this.thread.clear();
    this.loaded = false;
    this.events.emit('reset', null);
    this.changed();
  }

  /** What the server knows is out of date; `_wish` says why, to whoever has the line. */
  protected reopen(_wish?: Wish): void {
    this.visit.stale = true;
    if (!this.running) return;
    this.link.stop();
    this.link.start();
  }

  protected accept(opened: OpenAnswer): void {
    if (this.visit.accept(opened)) this.forsake();
    this.changed();
  }

  /** The gateway speaks of another visitor than before. */
  protected forsake(): void {
    this.thread.clear();
  }

  protected onLink(state: LinkState): void {
    this.linkState = state;
    this.share({ t: 'link', state });
    if (state.status === 'online') this.sender.pump();
    else this.sender.lineDown();
    this.changed();
  }

  /** What is known does not belong to what the server has now. */
  protected reload(): void {
    this.link.renew();
  }

  protected take(frame: ServerFrame): void {
    const { thread } = this;
    if (frame.op === 'resync' || (frame.op === 'welcome' && !thread.welcome(frame.epoch, frame.seq, frame.rev))) {
      thread.clear();
      this.heard({ op: 'resync' });
      this.reload();
      this.changed();
      return;
    }
    if (frame.op === 'resumed') {
      thread.resumed();
      this.loaded = true;
    } else if (frame.op === 'message') this.message(frame);
    else if (frame.op === 'ack') {
      const { id, msgid, seq, sent_at } = frame;
      const entry = this.sender.landed(id);
      if (entry?.frame.op === 'send' && seq !== undefined) {
        const { op: _op, id: _id, ...content } = entry.frame;
        thread.place({ ...content, msgid: msgid ?? id, seq, rev: 0, origin: 3, sent_at: sent_at ?? this.env.now() });
      }
      if (this.mine.delete(id)) this.events.emit('sent', msgid === undefined ? { id } : { id, msgid });
    } else if (frame.op === 'error') {
      const { code, detail, id, retry_after_s } = frame;
      const ours = id !== undefined && this.sender.refused(id, code, retry_after_s);
      if (!ours || !isPassing(code)) this.events.emit('error', detail === undefined ? { code } : { code, detail });
    }
    this.heard(frame);
    this.changed();
  }

  private message({ op: _op, ...message }: { op: 'message' } & Message): void {
    const first = this.thread.isFresh;
    const verdict = this.thread.take(message);
    if (message.client_msg_id) this.sender.landed(message.client_msg_id);
    if (verdict === 'new' && !first && message.origin !== 3) this.events.emit('message', message);
  }

  private async token(again: boolean): Promise<string> {
    const { age } = this.visit;
    const opened = await this.visit.ensure(this.http, again);
    // The person left or another came while the gateway answered: it answered for the old one.
    if (age !== this.visit.age) throw new Refusal('aborted', 0, 'another visit began');
    if (opened !== this.visit.opened) {
      this.accept(opened);
      this.share({ t: 'opened', opened });
    }
    return opened.token;
  }

  /** A frame from the line itself: shared, and watched for gaps. */
  private onLine(frame: ServerFrame): void {
    this.share({ t: 'frame', frame });
    this.take(frame);
    if (this.thread.gap()) this.healing ??= setTimeout(() => this.heal(), gapMs);
    else {
      this.unheal();
      if (frame.op === 'resumed') this.gaps = 0;
    }
  }

  private heal(): void {
    this.unheal();
    if (!this.thread.gap()) return;
    if (++this.gaps < gapTries) return this.link.renew();
    this.gaps = 0;
    this.thread.bridge();
    this.changed();
  }

  private unheal(): void {
    clearTimeout(this.healing);
    this.healing = undefined;
  }
}
