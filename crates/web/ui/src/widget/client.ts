// The visitor's client: opens a visit, keeps the thread, sends what was said exactly once, and
// follows it over reconnects, reloads and tabs. It knows the protocol and nothing of a screen, and
// is what apps and other pages build upon.
import { Conversation } from './client/conversation.ts';
import { Emitter } from './client/emitter.ts';
import { type Env, browserEnv, freshId } from './client/env.ts';
import { Http, Refusal } from './client/http.ts';
import { Link, type LinkState } from './client/link.ts';
import { Marks } from './client/marks.ts';
import { Outbox } from './client/outbox.ts';
import type { Limits, OpenAnswer, Page, ServerFrame, SignalFrame } from './client/protocol.ts';
import { Sender } from './client/sender.ts';
import type { ClientEvents, ClientState } from './client/state.ts';
import { type Shelf, shelf } from './client/storage.ts';
import { type TabMessage, Tabs } from './client/tabs.ts';
import { unreadAfter } from './client/thread.ts';
import { Visit, type VisitFacts } from './client/visit.ts';

export type { LinkState } from './client/link.ts';
export type { Pending } from './client/outbox.ts';
export type * from './client/protocol.ts';
export type { ClientEvents, ClientState } from './client/state.ts';

export interface ClientOptions extends VisitFacts {
  /** Scheme, host and port of the gateway, without a slash at the end. */
  origin: string;
  env?: Env;
}

const gapMs = 2_000;
const gapTries = 3;
const historyPage = 30;
const noLimits: Limits = { text_chars: 4096, upload_bytes: 20 * 1024 * 1024, upload_types: [] };

export class VisitorClient {
  state: ClientState;
  /** True between `start` and `stop`. */
  running = false;
  private readonly env: Env;
  private readonly facts: VisitFacts;
  private readonly shelf: Shelf;
  private readonly visit: Visit;
  private readonly marks: Marks;
  private readonly http: Http;
  private readonly link: Link;
  private readonly tabs: Tabs;
  private readonly outbox: Outbox;
  private readonly sender: Sender;
  private readonly talk: Conversation;
  private readonly events = new Emitter<ClientEvents>();
  /** Entries that were made here, to tell this page alone that they were sent. */
  private readonly mine = new Set<string>();
  private linkState: LinkState = { status: 'idle' };
  private loadingEarlier = false;
  private gaps = 0;
  private joinAsked = false;
  private timers: Partial<Record<'gap' | 'join', ReturnType<typeof setTimeout>>> = {};
  private changing = false;

  constructor(options: ClientOptions) {
    const { origin, env, ...facts } = options;
    this.env = env ?? browserEnv();
    this.facts = facts;
    const name = `kefu:${facts.entryPoint}`;
    this.shelf = shelf(name, this.env.storage);
    this.marks = new Marks(this.shelf, facts, (frame) => this.signal(frame));
    this.marks.opened();
    this.visit = new Visit(this.shelf, facts);
    this.outbox = new Outbox(this.shelf);
    this.outbox.restore(this.env.now());
    this.http = new Http(origin, this.env.fetch, () => this.visit.token);
    this.tabs = new Tabs(name, this.env, (lead) => this.onLead(lead), (message) => this.onTab(message));
    this.link = new Link(origin, this.http, {
      token: (again) => this.token(again),
      position: () => this.talk.thread.position(),
      frame: (frame) => this.onLine(frame),
      state: (state) => this.onLink(state),
    }, this.env);
    const uploads = async () => new (await import('./client/uploads.ts')).Uploads(this.http, (entry) => this.sender.put(entry));
    this.sender = new Sender(this.outbox, uploads, {
      lead: () => this.tabs.lead,
      online: () => this.linkState.status === 'online' && this.visit.opened !== null,
      nudge: () => this.running && this.nudge(),
      send: (frame) => this.link.send(frame),
      renew: () => this.link.renew(),
      share: (message) => this.tabs.post(message),
      limits: () => this.visit.opened?.limits ?? noLimits,
      changed: () => this.changed(),
      failed: () => this.events.emit('error', { code: 'network' }),
    }, this.env);
    this.talk = new Conversation({
      sender: this.sender,
      events: this.events,
      mine: this.mine,
      now: this.env.now,
      reload: () => this.reload(),
      changed: () => this.changed(),
    });
    this.state = this.present();
  }

  /** True if this browser was here before: then it is worth a line even while nobody looks. */
  get known(): boolean {
    return this.visit.token !== null;
  }

  /** The bearer token of the visit, if there is one. A secret: for another window of the same origin only. */
  get bearer(): string | null {
    return this.visit.token;
  }

  on<K extends keyof ClientEvents>(event: K, listener: (value: ClientEvents[K]) => void): () => void {
    return this.events.on(event, listener);
  }

  /** Begins, or goes on after `stop`. */
  start(): void {
    if (this.running) return;
    this.running = true;
    this.tabs.start();
  }

  /** Lets go of line and tabs; the thread stays as it is. */
  stop(): void {
    if (!this.running) return;
    this.running = false;
    this.tabs.stop();
  }

  /** Someone looks, or the network is back: connect now rather than later. */
  nudge(): void {
    if (this.tabs.lead) this.link.nudge();
    else {
      this.tabs.post({ t: 'nudge' });
      this.tabs.check();
    }
  }

  /** The device says that it has no network. */
  offline(): void {
    if (this.tabs.lead) this.link.renew();
  }

  /** After another window took over, or the gateway refused: tries once more. */
  resume(): void {
    if (this.tabs.lead) {
      this.link.start();
      this.link.nudge(true);
    } else this.nudge();
  }

  /** Queues a text; false if too much waits already, or it is empty or too long. */
  sendText(content: string, menuId?: string): boolean {
    // Half of a surrogate pair and NUL are not text to the server.
    const text = new TextDecoder().decode(new TextEncoder().encode(content)).replaceAll('\0', '').trim();
    if (!text || Array.from(text).length > this.state.limits.text_chars) return false;
    const body = menuId ? { content: text, menu_id: menuId } : { content: text };
    return this.sender.say({ op: 'send', id: this.ownId(), msgtype: 'text', text: body });
  }

  /** Uploads a file and sends it as a picture, video, voice or file. */
  sendFile(file: File): boolean {
    return this.sender.file(file);
  }

  /** Fetches what is needed later, while there is time and a network. */
  warm(): void {
    this.sender.ready().catch(() => {});
  }

  retry(id: string): void {
    this.sender.retry(id);
  }

  /** Drops an entry that is not on its way. */
  discard(id: string): void {
    this.sender.discard(id);
  }

  rate(sessionId: string, score: number, comment: string): boolean {
    return this.sender.say({ op: 'rate', id: this.ownId(), session_id: sessionId, score, ...(comment ? { comment } : {}) });
  }

  /** Sends a signal; false if there is no line to send it on. */
  signal(frame: SignalFrame): boolean {
    if (this.tabs.lead) return this.link.send(frame);
    if (this.linkState.status !== 'online') return false;
    this.tabs.post({ t: 'signal', frame });
    return true;
  }

  setPage(page: Page): void {
    this.facts.page = page;
    this.marks.tell();
  }

  setLocale(locale: string): void {
    this.facts.locale = locale;
  }

  /** Everything that is here has been seen. */
  markRead(): void {
    const { last } = this.talk.thread;
    if (last <= this.marks.read) return;
    this.seen(last);
    this.tabs.post({ t: 'read', seq: last });
    this.marks.tell();
  }

  async loadEarlier(): Promise<void> {
    if (this.loadingEarlier || this.talk.thread.oldest <= 1 || !this.visit.opened) return;
    this.loadingEarlier = true;
    this.changed();
    try {
      this.talk.thread.prepend(await this.http.history(this.talk.thread.oldest, historyPage));
    } catch (error) {
      this.events.emit('error', { code: error instanceof Refusal ? error.code : 'network' });
    } finally {
      this.loadingEarlier = false;
      this.changed();
    }
  }

  media(mediaId: string): Promise<Blob> {
    return this.http.media(mediaId);
  }

  /** Text that was typed and not sent; kept for the next page. */
  get draft(): string {
    return this.shelf.get('draft') ?? '';
  }

  set draft(text: string) {
    if (text) this.shelf.set('draft', text.slice(0, 20_000));
    else this.shelf.remove('draft');
  }

  /** Signs the visitor in with the brand's word (an HS256 JWT). Another person than before gets another thread. */
  identify(identity: string): void {
    const verdict = this.visit.identify(identity);
    if (verdict === 'same') return;
    if (verdict === 'other') this.empty();
    if (!this.running) return;
    if (this.tabs.lead) this.reopen();
    else this.tabs.post({ t: 'identify', identity });
  }

  /** Facts that the page tells of the visitor, unsigned. */
  setAttributes(attributes: Record<string, unknown>): void {
    this.visit.attributes = { ...this.visit.attributes, ...attributes };
    if (this.visit.opened && this.tabs.lead) this.reopen();
    else if (this.visit.opened) this.tabs.post({ t: 'attributes', attributes });
  }

  /** Asks for a token of this window's own, after another window went away with the present one. */
  refresh(): void {
    if (this.tabs.lead) this.reopen();
    else this.tabs.post({ t: 'reopen' });
  }

  /** Goes on with a visit that another window began. Before `start`. */
  adopt(token: string): void {
    this.shelf.set('token', token);
    this.visit.token = token;
  }

  /** The person leaves this browser: nothing of the visit may stay. */
  reset(): void {
    this.forget();
    this.tabs.post({ t: 'reset' });
  }

  private forget(): void {
    this.visit.forget();
    this.empty();
    if (this.tabs.lead) this.reopen();
  }

  private empty(): void {
    this.marks.see(0);
    this.draft = '';
    this.sender.clear();
    this.talk.clear();
    this.events.emit('reset', null);
    this.changed();
  }

  private reopen(): void {
    this.visit.stale = true;
    this.link.stop();
    this.link.start();
  }

  private ownId(): string {
    const id = freshId(this.env);
    this.mine.add(id);
    return id;
  }

  private async token(again: boolean): Promise<string> {
    const { age } = this.visit;
    const { opened, fresh } = await this.visit.ensure(this.http, again);
    // The person left or another came while the gateway answered: it answered for the old one.
    if (age !== this.visit.age) throw new Refusal('aborted', 0, 'another visit began');
    if (fresh) {
      this.accept(opened);
      this.marks.opened();
      this.tabs.post({ t: 'opened', opened });
    }
    return opened.token;
  }

  private accept(opened: OpenAnswer): void {
    if (this.visit.accept(opened)) {
      this.talk.thread.clear();
      this.seen(0);
    }
    this.talk.session = opened.session ?? this.talk.session;
    this.changed();
  }

  private onLead(lead: boolean): void {
    // What another tab left unsent is ours now.
    if (lead) this.outbox.restore(this.env.now());
    if (lead) this.link.start();
    else this.link.stop();
    this.changed();
  }

  private onLink(state: LinkState): void {
    this.linkState = state;
    this.tabs.post({ t: 'link', state });
    if (state.status === 'online') {
      this.marks.tell();
      if (this.joinAsked) this.answerJoin();
      this.sender.pump();
    } else this.sender.lineDown();
    this.changed();
  }

  /** A frame from the line itself: told to the other tabs, and watched for gaps. */
  private onLine(frame: ServerFrame): void {
    this.tabs.post({ t: 'frame', frame });
    this.talk.take(frame);
    if (!this.talk.thread.gap()) {
      this.untime('gap');
      if (frame.op === 'resumed') this.gaps = 0;
    } else this.timers.gap ??= setTimeout(() => this.healGap(), gapMs);
  }

  private healGap(): void {
    this.untime('gap');
    if (!this.talk.thread.gap()) return;
    if (++this.gaps < gapTries) return this.link.renew();
    this.gaps = 0;
    this.talk.thread.bridge();
    this.changed();
  }

  /** What is known does not belong to what the server has now. */
  private reload(): void {
    if (this.tabs.lead) this.link.renew();
    else this.tabs.post({ t: 'join' });
  }

  private onTab(message: TabMessage): void {
    if (this.tabs.lead) this.asLeader(message);
    else this.asFollower(message);
    switch (message.t) {
      case 'put':
        this.sender.adopt(message.entry);
        break;
      case 'remove':
        this.sender.drop(message.id);
        break;
      case 'read':
        if (message.seq > this.marks.read) this.seen(message.seq);
        break;
      case 'reset':
        this.forget();
        break;
      default:
        return;
    }
    this.changed();
  }

  private asLeader(message: TabMessage): void {
    switch (message.t) {
      case 'join':
        this.joinAsked = true;
        if (this.link.online) this.answerJoin();
        break;
      case 'signal':
        this.link.send(message.frame);
        break;
      case 'identify':
        this.identify(message.identity);
        break;
      case 'attributes':
        this.setAttributes(message.attributes);
        break;
      case 'reopen':
        this.reopen();
        break;
      case 'nudge':
        this.link.nudge();
        break;
      default:
    }
  }

  private asFollower(message: TabMessage): void {
    switch (message.t) {
      case 'snapshot': {
        const { opened, thread, session, agentRead, link, pending } = message.snapshot;
        if (this.talk.loaded && this.linkState.status === 'online' && !this.talk.thread.gap() && this.talk.thread.last >= thread.head) return;
        this.accept(opened);
        this.talk.thread.load(thread);
        this.talk.session = session;
        this.talk.agentRead = agentRead;
        this.linkState = link;
        this.talk.loaded = true;
        for (const entry of pending) this.sender.adopt(entry);
        // The leader said where it is; this tab may be on another page.
        this.marks.opened(true);
        this.marks.tell();
        break;
      }
      case 'frame':
        if (!this.talk.loaded) return;
        this.talk.take(message.frame);
        // A tab that slept has missed some: ask for the whole.
        if (this.talk.thread.gap()) this.timers.join ??= setTimeout(() => this.rejoin(), gapMs);
        return;
      case 'link':
        this.linkState = message.state;
        this.sender.pump();
        break;
      case 'opened':
        this.accept(message.opened);
        break;
      default:
        return;
    }
    this.changed();
  }

  private answerJoin(): void {
    this.joinAsked = false;
    const { opened } = this.visit;
    if (!opened) return;
    const pending = this.outbox.all().filter((entry) => !entry.file && entry.state !== 'uploading');
    const { session, agentRead, thread } = this.talk;
    const { linkState: link } = this;
    this.tabs.post({ t: 'snapshot', snapshot: { opened, thread: thread.dump(), session, agentRead, link, pending } });
  }

  private rejoin(): void {
    this.untime('join');
    if (this.talk.thread.gap()) this.tabs.post({ t: 'join' });
  }

  private seen(seq: number): void {
    this.marks.see(seq);
    this.changed();
  }

  private untime(name: keyof VisitorClient['timers']): void {
    clearTimeout(this.timers[name]);
    delete this.timers[name];
  }

  /** Tells of a change once, however many made it up. */
  private changed(): void {
    if (this.changing) return;
    this.changing = true;
    queueMicrotask(() => {
      this.changing = false;
      this.state = this.present();
      this.events.emit('change', this.state);
    });
  }

  private present(): ClientState {
    const { loadingEarlier, linkState: link } = this;
    const { read } = this.marks;
    const { session, agentRead, typing, loaded, thread } = this.talk;
    const { opened, face: kf } = this.visit;
    const messages = thread.messages();
    return {
      kf, session, link, messages, agentRead, read, typing, loaded, loadingEarlier,
      opened: opened !== null,
      limits: opened?.limits ?? noLimits,
      pending: this.outbox.all(),
      hasEarlier: loaded && thread.oldest > 1,
      unread: unreadAfter(read, messages),
    };
  }
}
