// What a screen needs beside the core: one value that says all there is to show, what is unread,
// files, older messages, drafts, and what the gateway is told in passing.
import { type ClientOptions, VisitorCore } from './core.ts';
import { freshId } from './env.ts';
import type { Files } from './files.ts';
import { asRefusal } from './http.ts';
import type { LinkState } from './link.ts';
import { Marks, unreadAfter } from './marks.ts';
import type { CarryOver, KfFace, Limits, Message, OpenAnswer, Page, ServerFrame } from './protocol.ts';
import { Reception } from './reception.ts';
import type { ClientState, News } from './state.ts';

const historyPage = 30;
const noLimits: Limits = { text_chars: 4096, upload_bytes: 20 * 1024 * 1024, upload_types: [] };

export class VisitorClient extends VisitorCore {
  state: ClientState;
  protected readonly marks: Marks;
  protected readonly reception: Reception;
  /** The face of the kf account; at first the one of the last visit. */
  private face: KfFace | null;
  private files: Files | null = null;
  private loadingEarlier = false;
  private changing = false;

  constructor(options: ClientOptions) {
    super(options);
    this.marks = new Marks(this.shelf, this.facts, (frame) => this.signal(frame));
    this.reception = new Reception(this.events, () => this.changed());
    this.face = parsed<KfFace>(this.shelf.get('face'));
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

  /** The device says that it has no network. */
  offline(): void {
    this.link.renew();
  }

  /** After another window took over, or the gateway refused: tries once more. */
  resume(): void {
    if (!this.running) return;
    this.link.start();
    this.link.nudge(true);
  }

  /** Uploads a file and sends it as a picture, video, voice or file; false if too much waits already. */
  sendFile(file: File): boolean {
    if (this.outbox.full) return false;
    this.warm().then(
      (files) => files.add(freshId(this.env), this.env.now(), file, this.state.limits),
      () => this.events.emit('error', { code: 'network' }),
    );
    return true;
  }

  /** Fetches the part that handles files, if it is not here: best while there is time and a network. */
  async warm(): Promise<Files> {
    if (this.files) return this.files;
    const { Files } = await import('./files.ts');
    this.files ??= new Files(this.http, this.outbox, (entry) => this.sender.put(entry), () => this.linkState.status === 'online');
    return this.files;
  }

  async media(mediaId: string): Promise<Blob> {
    return (await this.http.call('GET', `/v1/visitor/media/${encodeURIComponent(mediaId)}`, {}, 60_000)).blob();
  }

  /** Tries a failed entry again. */
  retry(id: string): void {
    const entry = this.outbox.get(id);
    if (entry?.state !== 'failed') return;
    this.forget(id);
    const { code, ...rest } = entry;
    // An id that was refused for its content, or is too old to be known, must not be used again.
    const fresh = code === 'network' ? id : freshId(this.env);
    const state = entry.file ? 'uploading' : 'waiting';
    this.sender.put({ ...rest, id: fresh, at: this.outbox.stamp(this.env.now()), frame: { ...entry.frame, id: fresh }, state });
  }

  /** Drops an entry that is not on its way. */
  discard(id: string): void {
    if (this.sender.inFlight !== id) this.forget(id);
    this.changed();
  }

  rate(sessionId: string, score: number, comment: string): boolean {
    return this.say({ op: 'rate', session_id: sessionId, score, ...(comment ? { comment } : {}) });
  }

  /** A link on which the visitor goes on in WeChat, in this conversation; throws a `Refusal`. */
  carryOver(): Promise<CarryOver> {
    return this.http.json('POST', '/v1/visitor/continue', undefined, 20_000);
  }

  /** Answers what is asked before the first message; throws a `Refusal` whose message begins with the question's name. */
  async answer(answers: Record<string, string>, consent: boolean): Promise<void> {
    await this.http.json('POST', '/v1/visitor/prechat', { answers, consent }, 20_000);
    this.answered();
    this.share({ t: 'answered' });
  }

  /** Messages before `seq`, at most 100, oldest first, apart from the thread; throws a `Refusal`. */
  async history(before: number, limit: number): Promise<Message[]> {
    return (await this.http.json<{ messages: Message[] }>('GET', `/v1/visitor/messages?before=${before}&limit=${limit}`, undefined, 15_000)).messages;
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
    const { head: last } = this.thread;
    if (last <= this.marks.read) return;
    this.seen(last);
    this.share({ t: 'read', seq: last });
    this.marks.tell();
  }

  async loadEarlier(): Promise<void> {
    const { oldest } = this.thread;
    if (this.loadingEarlier || oldest <= 1 || !this.visit.opened) return;
    this.loadingEarlier = true;
    this.changed();
    try {
      const earlier = await this.history(oldest, historyPage);
      const { head, held } = this.thread;
      this.thread.hold(earlier.filter(({ seq, rev }) => seq <= head && rev > (held.get(seq)?.rev ?? -1)));
    } catch (error) {
      this.events.emit('error', { code: asRefusal(error).code });
    } finally {
      this.loadingEarlier = false;
      this.changed();
    }
  }

  /** Text that was typed and not sent; kept for the next page. */
  get draft(): string {
    return this.shelf.get('draft') ?? '';
  }

  set draft(text: string) {
    if (text) this.shelf.set('draft', text.slice(0, 20_000));
    else this.shelf.remove('draft');
  }

  /** Facts that the page tells of the visitor, unsigned. */
  setAttributes(attributes: Record<string, unknown>): void {
    this.facts.attributes = { ...this.facts.attributes, ...attributes };
    // Also while a visit is being opened: what was asked for then does not know them.
    this.reopen({ t: 'attributes', attributes });
  }

  /** Asks for a token of this window's own, after another window went away with the present one. */
  refresh(): void {
    this.reopen({ t: 'reopen' });
  }

  /** Goes on with a visit that another window began. Before `start`. */
  adopt(token: string): void {
    this.shelf.set('token', token);
    this.visit.token = token;
  }

  protected override empty(): void {
    this.marks.see(0);
    this.draft = '';
    this.reception.clear();
    super.empty();
  }

  protected override accept(opened: OpenAnswer): void {
    super.accept(opened);
    this.face = opened.kf;
    this.shelf.set('face', JSON.stringify(opened.kf));
    this.reception.session = opened.session ?? this.reception.session;
  }

  protected override forsake(): void {
    super.forsake();
    this.marks.see(0);
  }

  protected override share(news: News): void {
    if (news.t === 'opened') this.marks.opened();
  }

  protected override onLink(state: LinkState): void {
    super.onLink(state);
    if (state.status === 'online') this.marks.tell();
  }

  protected override heard(frame: ServerFrame): void {
    this.reception.take(frame);
  }

  protected seen(seq: number): void {
    this.marks.see(seq);
    this.changed();
  }

  /** Tells of a change once, however many made it up. */
  protected override changed(): void {
    if (this.changing) return;
    this.changing = true;
    queueMicrotask(() => {
      this.changing = false;
      this.state = this.present();
      this.files?.run();
      this.events.emit('change', this.state);
    });
  }

  protected answered(): void {
    if (this.visit.opened) this.visit.opened.prechat = null;
    this.changed();
  }

  private forget(id: string): void {
    this.outbox.remove(id);
    this.share({ t: 'remove', id });
  }

  private present(): ClientState {
    const { loadingEarlier, linkState: link, loaded, thread } = this;
    const { read } = this.marks;
    const { session, agentRead, typing } = this.reception;
    const { opened } = this.visit;
    const messages = thread.messages();
    return {
      kf: this.face, session, link, messages, agentRead, read, typing, loaded, loadingEarlier,
      opened: opened !== null,
      limits: opened?.limits ?? noLimits,
      prechat: opened?.prechat ?? null,
      pending: this.outbox.all(),
      hasEarlier: loaded && thread.oldest > 1,
      unread: unreadAfter(read, messages),
    };
  }
}

function parsed<T>(text: string | null): T | null {
  try {
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}
