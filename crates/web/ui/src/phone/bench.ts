// What the page knows and what it can do. Everything shown is read from the simulator again after
// a hint; nothing is guessed, so that the page never shows a message that the platform has not.
import { type App, type AppKind, type Call, type Chat, type ChatKind, type Corp, type Fault, type Person, Refused, type Screen, type Seen, type Tapped, get, isApp, pictureAsPng, post, remove, upload } from './api.ts';
import { type Words, wordsFor, zh } from './words.ts';
import { openingCard } from './cards.ts';
import { sessionFrom, sources } from './sources.ts';

export type Tab = 'source' | 'phone' | 'platform';

/** What lies over the chat. */
export type Sheet =
  | { t: 'seen'; seen: Seen; from: 'card' | 'code' }
  | { t: 'picture'; media: string; msgid?: string }
  | { t: 'mini'; appid: string; pagepath: string }
  | { t: 'more' }
  | { t: 'people' };

/** By which path the brand answers in a kind of chat. */
const sending: Partial<Record<ChatKind, string>> = { official_account: 'message/custom/send', mini_program: 'message/custom/send', shop: 'channels/ec/commkf/sendmsg' };

/** Faults that the page can switch, as the simulator takes them; sends fail in the open chat's way. */
export function switches(kind: ChatKind = 'kf'): Record<string, Record<string, unknown>> {
  const path = sending[kind] ?? 'kf/send_msg';
  return {
    repeat: { kind: 'callback_repeat', times: 1 },
    late: { kind: 'callback_late', ms: 10_000 },
    reorder: { kind: 'callback_reorder' },
    drop: { kind: 'callback_drop' },
    rate: { kind: 'errcode', path, code: 45009 },
    token: { kind: 'errcode', path: sending[kind] ? path : 'kf/*', code: 42001 },
    busy: { kind: 'errcode', path, code: -1 },
    lost: { kind: 'accept_timeout', path, ms: 10_000 },
  };
}

const SHOWN_CALLS = 80;

export class Bench {
  words: Words = zh;
  theme: 'light' | 'dark';
  tab: Tab = 'phone';
  corps: Corp[] = [];
  corpid = '';
  account = '';
  apps: App[] = [];
  source = 'live';
  /** The page of a source that the phone shows while no chat is open. */
  place: string | null = null;
  me = '';
  people: Person[] = [];
  screen: Screen | null = null;
  open: { kind: ChatKind; target: string } | null = null;
  sheet: Sheet | null = null;
  panel: 'tools' | 'faces' | null = null;
  calls: Call[] = [];
  faults: Fault[] = [];
  /** The platform's time minus this browser's, milliseconds. */
  offset = 0;
  notice = '';
  linked = true;
  seen: Record<string, number> = {};
  onChange: () => void = () => {};
  /** A new person whom the platform has not met: there is nothing to read yet. */
  private fresh = false;
  private due = new Set<string>();
  private timer = 0;

  constructor(private query: URLSearchParams) {
    const dark = matchMedia('(prefers-color-scheme: dark)').matches;
    this.theme = (query.get('theme') as 'light' | 'dark') ?? (dark ? 'dark' : 'light');
    this.me = query.get('customer') ?? sessionStorage.getItem('kefu-phone-me') ?? '';
    const tab = query.get('tab');
    if (tab === 'source' || tab === 'platform') this.tab = tab;
  }

  async begin(): Promise<void> {
    this.paint();
    await this.setLanguage(this.query.get('lang') ?? navigator.language);
    this.watch();
    // Whose phone it is depends on which corp there is.
    await this.look(['world']);
    await this.look(['screen', 'traffic', 'clock', 'faults']);
    const scanned = this.query.get('scan');
    if (scanned) await this.scanWords(scanned, 'code');
    setInterval(() => this.onChange(), 1_000);
  }

  // ---- what is read ----

  private watch(): void {
    const stream = new EventSource('/sim/events');
    stream.addEventListener('message', (event: MessageEvent<string>) => {
      const hint = JSON.parse(event.data) as { kind: string; customer?: string };
      if (hint.kind === 'screen' && hint.customer !== this.me) return;
      this.soon(hint.kind === 'all' ? ['world', 'screen', 'traffic', 'clock', 'faults'] : [hint.kind]);
    });
    stream.addEventListener('open', () => {
      if (!this.linked) this.soon(['world', 'screen', 'traffic', 'clock', 'faults']);
      this.linked = true;
      this.onChange();
    });
    stream.addEventListener('error', () => {
      this.linked = false;
      this.onChange();
    });
  }

  /** Hints come in bursts; one look a moment later answers them all. */
  private soon(what: string[]): void {
    for (const one of what) this.due.add(one);
    if (this.timer) return;
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      const all = [...this.due];
      this.due.clear();
      void this.look(all);
    }, 60);
  }

  private async look(what: string[]): Promise<void> {
    const wanted = new Set(what);
    const reads: Promise<void>[] = [];
    if (wanted.has('world')) reads.push(this.readWorld());
    if (wanted.has('screen') && this.me && !this.fresh) reads.push(this.readScreen());
    if (wanted.has('traffic')) reads.push(get<{ calls: Call[] }>('calls', { order: 'newest', limit: SHOWN_CALLS }).then((list) => void (this.calls = list.calls)));
    if (wanted.has('faults')) reads.push(get<{ faults: Fault[] }>('fault').then((list) => void (this.faults = list.faults)));
    if (wanted.has('clock')) reads.push(get<{ now_ms: number }>('clock').then((time) => void (this.offset = time.now_ms - Date.now())));
    // A look that fails is made again with the next hint, or when the stream is back.
    await Promise.allSettled(reads);
    this.onChange();
  }

  private async readWorld(): Promise<void> {
    const world = await get<{ corps: Corp[] }>('corp');
    this.corps = world.corps;
    if (!this.corps.some((corp) => corp.corpid === this.corpid)) this.corpid = this.corps[0]?.corpid ?? '';
    if (!this.corp?.accounts.some((one) => one.open_kfid === this.account)) this.account = this.corp?.accounts[0]?.open_kfid ?? '';
    this.apps = (await get<{ apps?: App[] }>('app')).apps ?? [];
    this.people = (await get<{ people: Person[] }>('people', { limit: 20 })).people;
  }

  private async readScreen(): Promise<void> {
    const screen = await get<Screen>('screen', { customer: this.me, corpid: this.corpid }).catch((error: unknown) => {
      if (error instanceof Refused) return null;
      throw error;
    });
    this.screen = screen;
    const chats = screen?.chats ?? [];
    if (this.open && !chats.some((chat) => this.isOpen(chat))) this.open = null;
    const chat = this.chat;
    if (chat) this.seen[`${chat.kind}${chat.target}`] = chat.lines.at(-1)?.no ?? 0;
  }

  get corp(): Corp | undefined {
    return this.corps.find((corp) => corp.corpid === this.corpid);
  }

  get chat(): Chat | undefined {
    return this.screen?.chats.find((chat) => this.isOpen(chat));
  }

  /** The chat whose credits are shown: the open one, or the one with the chosen account. */
  get countedChat(): Chat | undefined {
    const counted = this.screen?.chats.filter((chat) => chat.kind === 'kf' || isApp(chat.kind)) ?? [];
    return counted.find((chat) => this.isOpen(chat)) ?? counted.find((chat) => chat.target === this.account) ?? counted[0];
  }

  /** The app of a kind: there is one of each at most that this page plays with. */
  app(kind: AppKind): App | undefined {
    return this.apps.find((app) => app.kind === kind);
  }

  /** Whether a source leads anywhere. */
  leads(source: string): boolean {
    const app = sources[source]?.app;
    return app ? Boolean(this.app(app)) : Boolean(this.account);
  }

  /** The chat with an app, if it was begun. */
  appChat(kind: AppKind): Chat | undefined {
    const appid = this.app(kind)?.appid;
    return this.screen?.chats.find((chat) => chat.kind === kind && chat.target === appid);
  }

  private isOpen(chat: Chat): boolean {
    return chat.kind === this.open?.kind && chat.target === this.open.target;
  }

  unread(chat: Chat): number {
    const seen = this.seen[`${chat.kind}${chat.target}`] ?? 0;
    return chat.lines.filter((line) => line.no > seen && line.side === 'them').length;
  }

  get now(): number {
    return Date.now() + this.offset;
  }

  // ---- how it looks ----

  private paint(): void {
    document.documentElement.dataset.theme = this.theme;
  }

  toggleTheme(): void {
    this.theme = this.theme === 'dark' ? 'light' : 'dark';
    this.paint();
    this.onChange();
  }

  async setLanguage(lang: string): Promise<void> {
    this.words = await wordsFor(lang);
    document.documentElement.lang = this.words.lang;
    document.title = `${this.words.title} · Kefu`;
    this.onChange();
  }

  set(part: Partial<Pick<Bench, 'tab' | 'open' | 'sheet' | 'panel' | 'source' | 'place' | 'account' | 'notice'>>): void {
    Object.assign(this, part);
    const chat = this.chat;
    if (chat) this.seen[`${chat.kind}${chat.target}`] = chat.lines.at(-1)?.no ?? 0;
    this.onChange();
  }

  /** Does something, and says in words what came in its way. */
  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.notice = '';
    } catch (error) {
      this.notice = error instanceof Error ? error.message : String(error);
    }
    this.onChange();
  }

  // ---- what a customer does ----

  be(customer: string, fresh = false): void {
    this.me = customer;
    this.fresh = fresh;
    sessionStorage.setItem('kefu-phone-me', customer);
    Object.assign(this, { screen: null, open: null, place: null, sheet: null, panel: null });
    this.onChange();
    void this.look(['screen']);
  }

  newPerson(): void {
    const words = crypto.getRandomValues(new Uint32Array(2));
    this.be(`p-${Array.from(words, (word) => word.toString(36)).join('')}`, true);
  }

  get nickname(): string {
    return this.corp?.channels_nickname || this.corp?.name || '';
  }

  /** Opens the page of a source on the phone. */
  visit(source: string): void {
    this.set({ source, place: source, open: null, panel: null, sheet: null, tab: 'phone' });
  }

  /** Comes in from a source, with the card that its page brings along. */
  enter(source: string): Promise<void> {
    this.source = source;
    return this.comeIn({ open_kfid: this.account, ...sources[source]?.way?.(this.nickname) }, openingCard(source, this.nickname));
  }

  /** Opens the chat of a mini-program or a shop from its page. */
  ask(kind: AppKind, from?: string): Promise<void> {
    return this.atApp(kind, async (appid) => {
      await post('enter', { customer: this.me, appid, ...(kind === 'mini_program' ? { session_from: sessionFrom } : {}) });
      const card = from ? openingCard(from, this.nickname) : undefined;
      if (card) await post('say', { customer: this.me, appid, ...card });
    });
  }

  /** Follows the official account, from wherever it was found. */
  follow(how: string): Promise<void> {
    return this.atApp('official_account', (appid) => post('follow', { customer: this.me, appid, how }));
  }

  scanScene(scene: string): Promise<void> {
    return this.atApp('official_account', (appid) => post('scene', { customer: this.me, appid, scene }));
  }

  followCode(payload: string): Promise<void> {
    return this.atApp('official_account', () => post('scene', { customer: this.me, payload }));
  }

  tapMenu(name: string): Promise<void> {
    return this.attempt(async () => {
      const told = await post<{ result: string; url?: string; appid?: string; pagepath?: string }>('menu', { customer: this.me, appid: this.app('official_account')?.appid, name });
      if (told.result === 'open') await this.scanWords(told.url ?? '', 'card');
      if (told.result === 'miniprogram') this.sheet = { t: 'mini', appid: told.appid ?? '', pagepath: told.pagepath ?? '' };
    });
  }

  /** Does something with an app, and opens its chat. */
  private atApp(kind: AppKind, work: (appid: string) => Promise<unknown>): Promise<void> {
    return this.attempt(async () => {
      const appid = this.app(kind)?.appid;
      if (!appid) return;
      if (!this.me) this.newPerson();
      await work(appid);
      this.tab = 'phone';
      await this.show(kind, appid);
      await this.look(['world']);
    });
  }

  enterLink(link: string): Promise<void> {
    this.source = 'link';
    return this.comeIn({ link });
  }

  private comeIn(way: Record<string, unknown>, card?: Record<string, unknown>): Promise<void> {
    return this.attempt(async () => {
      if (!this.me) this.newPerson();
      const entered = await post<{ open_kfid: string }>('enter', { corpid: this.corpid, customer: this.me, ...way });
      this.fresh = false;
      this.open = { kind: 'kf', target: entered.open_kfid };
      this.account = entered.open_kfid;
      this.sheet = null;
      this.tab = 'phone';
      if (card) await post('say', { corpid: this.corpid, customer: this.me, open_kfid: entered.open_kfid, ...card });
      await this.look(['screen', 'world']);
    });
  }

  say(content: Record<string, unknown>): Promise<void> {
    return this.attempt(async () => {
      if (!this.open) return;
      await post('say', { corpid: this.corpid, customer: this.me, ...this.where(), ...content });
      this.panel = null;
    });
  }

  private where(): Record<string, string> {
    const { kind, target } = this.open ?? { kind: 'kf', target: this.account };
    if (isApp(kind)) return { appid: target };
    return kind === 'kf' ? { open_kfid: target } : kind === 'friend' ? { userid: target } : { chat_id: target };
  }

  sendFile(file: File, as?: string): Promise<void> {
    return this.attempt(async () => {
      const kind = as ?? (/^image\/(png|jpeg)$/.test(file.type) ? 'image' : file.type === 'video/mp4' ? 'video' : 'file');
      const media_id = await upload(kind, file.name, file, this.open && isApp(this.open.kind) ? this.open.target : undefined);
      await this.say({ msgtype: kind, [kind]: { media_id } });
    });
  }

  recall(msgid: string): Promise<void> {
    return this.attempt(() => post('recall', { corpid: this.corpid, customer: this.me, ...this.where(), msgid }));
  }

  tap(msgid: string, index = 0): Promise<void> {
    return this.attempt(async () => {
      const tapped = await post<Tapped>('tap', { corpid: this.corpid, customer: this.me, ...this.where(), msgid, index });
      if (tapped.result === 'open') await this.scanWords(tapped.url, 'card');
      if (tapped.result === 'miniprogram') this.sheet = { t: 'mini', appid: tapped.appid, pagepath: tapped.pagepath };
      if (tapped.result === 'picture') this.sheet = { t: 'picture', media: tapped.media_id, msgid };
    });
  }

  // ---- codes ----

  scanWords(payload: string, from: 'card' | 'code'): Promise<void> {
    return this.scan({ payload }, from);
  }

  scanPicture(file: Blob): Promise<void> {
    return this.attempt(async () => this.scanned(await post<Seen>('scan', { corpid: this.corpid, ...this.asMe(), png: await pictureAsPng(file) }), 'code'));
  }

  scanMedia(media_id: string): Promise<void> {
    return this.scan({ media_id }, 'card');
  }

  private asMe(): Record<string, string> {
    return this.me && !this.fresh ? { customer: this.me } : {};
  }

  private scan(what: Record<string, string>, from: 'card' | 'code'): Promise<void> {
    return this.attempt(async () => this.scanned(await post<Seen>('scan', { corpid: this.corpid, ...this.asMe(), ...what }), from));
  }

  private scanned(seen: Seen, from: 'card' | 'code'): void {
    this.sheet = { t: 'seen', seen, from };
    this.tab = 'phone';
  }

  add(config_id: string, payload: string): Promise<void> {
    return this.attempt(async () => {
      if (!this.me) this.newPerson();
      const added = await post<{ userid: string }>('add', { corpid: this.corpid, customer: this.me, config_id, payload });
      await this.show('friend', added.userid);
    });
  }

  join(config_id: string): Promise<void> {
    return this.attempt(async () => {
      if (!this.me) this.newPerson();
      const joined = await post<{ chat_id: string }>('join', { corpid: this.corpid, customer: this.me, config_id });
      await this.show('group', joined.chat_id);
    });
  }

  async show(kind: ChatKind, target: string): Promise<void> {
    this.fresh = false;
    this.open = { kind, target };
    this.sheet = null;
    await this.look(['screen']);
  }

  part(chat: Chat): Promise<void> {
    return this.attempt(async () => {
      this.sheet = null;
      const base = { corpid: this.corpid, customer: this.me };
      if (chat.kind === 'friend') await post('del', { ...base, userid: chat.target, by: 'customer' });
      if (chat.kind === 'group') await post('leave', { ...base, chat_id: chat.target });
      if (chat.kind === 'official_account' && chat.followed) await post('unfollow', { customer: this.me, appid: chat.target });
      else if (isApp(chat.kind)) await post('refuse', { ...base, appid: chat.target, on: !chat.refusing });
      if (chat.kind === 'kf') await post('refuse', { ...base, open_kfid: chat.target, on: !chat.refusing });
      await this.look(['screen']);
    });
  }

  // ---- the platform ----

  faultOn(name: string): Fault | undefined {
    const wanted = switches()[name] ?? {};
    return this.faults.find((fault) => fault.kind === wanted.kind && fault.calls === null && (wanted.code === undefined || fault.code === wanted.code));
  }

  toggleFault(name: string): Promise<void> {
    return this.attempt(async () => {
      const on = this.faultOn(name);
      await (on ? remove('fault', { id: on.id }) : post('fault', { ...switches(this.open?.kind)[name], calls: 0 }));
      await this.look(['faults']);
    });
  }

  moveClock(by: number | null): Promise<void> {
    return this.attempt(async () => {
      await post('clock', by === null ? { reset: true } : { advance_s: by });
      await this.look(['clock', 'screen']);
    });
  }

  clearCalls(): Promise<void> {
    return this.attempt(async () => {
      await remove('calls');
      this.calls = [];
    });
  }
}
