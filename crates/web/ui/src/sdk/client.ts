// A visitor's client: opens a visit, keeps a line and the thread, sends what was said exactly once
// over reconnects and reloads, and tells as one value all that a screen shows. What is asked for by
// hand now and then is in `acts.ts`, fetched while there is time.
import type { Acts, InnerActs } from './acts.ts';
import { emitter } from './emitter.ts';
import { type Env, type Timer, defaultEnv, freshId } from './env.ts';
import { Refusal, asRefusal, makeHttp } from './http.ts';
import type { Inside, Line } from './inside.ts';
import { makeLink } from './link.ts';
import { makeOutbox } from './outbox.ts';
import { type KfFace, type Limits, type Page, type ServerFrame, type SignalFrame, isPassing } from './protocol.ts';
import { makeReception, unreadAfter } from './reception.ts';
import type { ClientEvents, ClientState } from './state.ts';
import { shelf } from './storage.ts';
import { makeThread } from './thread.ts';
import { type VisitFacts, makeVisit } from './visit.ts';

export interface ClientOptions extends VisitFacts {
  /** Scheme, host and port of the gateway, without a slash at the end. */
  origin: string;
  /** Network, storage and clock of the device, where they are not a browser's. */
  env?: Partial<Env>;
}

export interface VisitorClient {
  /** A new value after each change. */
  readonly state: ClientState;
  /** True between `start` and `stop`. */
  readonly running: boolean;
  /**
   * The bearer token of the visit. A secret: for another window of the same origin only. Null if this browser
   * was never here before; who was is worth a line even while nobody looks.
   */
  readonly bearer: string | null;
  /** Text that was typed and not sent; kept for the next page. */
  draft: string;
  /** Listens until the function that it answers is called. */
  on<K extends keyof ClientEvents>(event: K, listener: (value: ClientEvents[K]) => void): () => void;
  /** Begins, or goes on after `stop`. */
  start(): void;
  /** Lets go of the line; the thread stays as it is. */
  stop(): void;
  /** Someone looks, or the network is back: connect now rather than later. */
  nudge(): void;
  /** The device says that it has no network. */
  offline(): void;
  /** After another window took over, or the gateway refused: tries once more. */
  resume(): void;
  /** Queues a message, its content under the name in `msgtype`; false if too much waits already. */
  send(content: { msgtype: string } & Record<string, unknown>): boolean;
  /** Queues a text; false if too much waits already, or it is empty or too long. */
  sendText(content: string, menuId?: string): boolean;
  /** Uploads a file and sends it as a picture, video, voice or file; false if too much waits already. */
  sendFile(file: File): boolean;
  rate(sessionId: string, score: number, comment: string): boolean;
  /** Sends a signal; false if there is no line to send it on. */
  signal(frame: SignalFrame): boolean;
  /** Tries a failed entry again. */
  retry(id: string): void;
  /** Drops an entry that is not on its way. */
  discard(id: string): void;
  /** Everything that is here has been seen. */
  markRead(): void;
  setPage(page: Page): void;
  setLocale(locale: string): void;
  /** Facts that the page tells of the visitor, unsigned. */
  setAttributes(attributes: Record<string, unknown>): void;
  /** Signs the visitor in with the brand's word (an HS256 JWT). Another person than before gets another thread. */
  identify(identity: string): void;
  /** Asks for a token of this window's own, after another window went away with the present one. */
  refresh(): void;
  /** Goes on with a visit that another window began. Before `start`. */
  adopt(token: string): void;
  /** The person leaves this device: nothing of the visit may stay. */
  reset(): void;
  /** Takes older messages into the thread. */
  loadEarlier(): Promise<void>;
  /** What is asked for by hand; fetched if it is not here, best while there is time and a network. Throws a `Refusal`. */
  acts(): Promise<Acts>;
}

const gapMs = 2_000;
const gapTries = 3;
const noLimits: Limits = { text_chars: 4096, upload_bytes: 20 * 1024 * 1024, upload_types: [] };

/** A client with a line of its own. */
const alone = (at: Inside): Line => {
  const { start, stop, nudge, send } = at.link;
  return { start, stop, nudge, signal: send, lead: () => at.running, tell() {} };
};

/** A visitor's client; it speaks to the gateway from `start` on. `lineOf` is for the package's own parts. */
export function visitorClient({ origin, env: given, ...facts }: ClientOptions, lineOf = alone): VisitorClient {
  const env = { ...defaultEnv(), ...given };
  const kept = shelf(`kefu:${facts.entryPoint}`, env.storage);
  const visit = makeVisit(kept, facts, () => http);
  const http = makeHttp(origin, env.fetch, () => visit.token);
  const thread = makeThread();
  const events = emitter<ClientEvents>();
  /** Entries that were made here, to tell this page alone that they were sent. */
  const mine = new Set<string>();
  let made: InnerActs | undefined;
  let loadingEarlier = false;
  let changing = false;
  let gaps = 0;
  let healing: Timer;
  /** The face of the kf account; at first the one of the last visit. */
  let face: KfFace | null = null;
  try {
    face = JSON.parse(kept.get('face') ?? 'null') as KfFace | null;
  } catch {
    // What another version left is no face.
  }

  const later = undefined as never;
  const at: Inside = {
    env, visit, thread, events,
    outbox: later, reception: later, link: later, line: later,
    running: false,
    loaded: false,
    state: { status: 'idle' },
    online: () => at.state.status === 'online' && !!visit.opened,
    changed() {
      // Once, however many changes made it up.
      if (changing) return;
      changing = true;
      queueMicrotask(() => {
        changing = false;
        client.state = present();
        made?.run();
        events.emit('change', client.state);
      });
    },
    accept(opened) {
      if (visit.accept(opened)) {
        // The gateway speaks of another visitor than before.
        thread.clear();
        desk.see(0);
      }
      face = opened.kf;
      kept.put('face', JSON.stringify(face));
      desk.session = opened.session ?? desk.session;
      at.changed();
    },
    take(frame) {
      if (frame.op === 'resync' || (frame.op === 'welcome' && !thread.welcome(frame.epoch, frame.seq, frame.rev))) {
        thread.clear();
        desk.take({ op: 'resync' });
        // What is known does not belong to what the server has now.
        if (line.lead()) link.renew();
        else line.tell({ t: 'join' });
      } else {
        if (frame.op === 'resumed') {
          thread.resumed();
          at.loaded = true;
        } else if (frame.op === 'message') {
          const { op: _op, ...message } = frame;
          const first = thread.fresh();
          const fresh = thread.take(message);
          if (message.client_msg_id) outbox.landed(message.client_msg_id);
          if (fresh && !first && message.origin !== 3) events.emit('message', message);
        } else if (frame.op === 'ack') {
          const { id, msgid, seq, sent_at } = frame;
          const entry = outbox.landed(id);
          if (entry?.frame.op === 'send' && seq) {
            const { op: _op, id: _id, ...content } = entry.frame;
            thread.place({ ...content, msgid: msgid ?? id, seq, rev: 0, origin: 3, sent_at: sent_at ?? env.now() });
          }
          if (mine.delete(id)) events.emit('sent', { id, ...(msgid && { msgid }) });
        } else if (frame.op === 'error') {
          const { code, detail, id, retry_after_s } = frame;
          const ours = id && outbox.refused(id, code, retry_after_s);
          if (!ours || !isPassing(code)) events.emit('error', { code, ...(detail && { detail }) });
        }
        desk.take(frame);
      }
      at.changed();
    },
    seen(seq) {
      desk.see(seq);
      at.changed();
    },
    answered() {
      if (visit.opened) visit.opened.prechat = null;
      at.changed();
    },
    forget(id) {
      outbox.remove(id);
      line.tell({ t: 'remove', id });
    },
    identify(identity) {
      const other = visit.identify(identity);
      if (other === null) return;
      if (other) empty();
      at.reopen({ t: 'identify', identity });
    },
    setAttributes(attributes) {
      facts.attributes = { ...facts.attributes, ...attributes };
      // Also while a visit is being opened: what was asked for then does not know them.
      at.reopen({ t: 'attributes', attributes });
    },
    reopen(wish) {
      if (at.running && !line.lead()) {
        if (wish) line.tell(wish);
        return;
      }
      visit.stale = true;
      if (!at.running) return;
      link.stop();
      link.start();
    },
    leave() {
      visit.forget();
      empty();
      at.reopen();
    },
  };
  const outbox = (at.outbox = makeOutbox(kept, at));
  const desk = (at.reception = makeReception(kept, facts, at));
  outbox.restore();

  const token = async (again: boolean) => {
    const { age } = visit;
    const opened = await visit.ensure(again);
    // The person left or another came while the gateway answered: it answered for the old one.
    if (age !== visit.age) throw new Refusal('aborted');
    if (opened !== visit.opened) {
      at.accept(opened);
      desk.opened(false);
      line.tell({ t: 'opened', opened });
    }
    return opened.token;
  };

  /** A frame from the line itself: told, and watched for gaps. */
  const heard = (frame: ServerFrame) => {
    line.tell({ t: 'frame', frame });
    at.take(frame);
    if (thread.gap()) {
      healing ??= setTimeout(heal, gapMs);
      return;
    }
    clearTimeout(healing);
    healing = undefined;
    if (frame.op === 'resumed') gaps = 0;
  };
  const heal = () => {
    healing = undefined;
    if (!thread.gap()) return;
    if (++gaps < gapTries) return link.renew();
    gaps = 0;
    thread.bridge();
    at.changed();
  };

  const link = (at.link = makeLink(origin, http, {
    token,
    position: thread.position,
    frame: heard,
    state(state) {
      at.state = state;
      line.tell({ t: 'link', state });
      if (state.status === 'online') {
        outbox.pump();
        desk.tell();
      } else outbox.down();
      at.changed();
    },
  }, env));
  const line = (at.line = lineOf(at));

  const empty = () => {
    kept.put('draft', '');
    desk.clear();
    outbox.clear();
    thread.clear();
    at.loaded = false;
    events.emit('reset', null);
    at.changed();
  };

  const say = (frame: { op: 'send'; msgtype: string } | { op: 'rate'; session_id: string; score: number }) => {
    const id = freshId(env);
    const taken = outbox.say({ ...frame, id });
    if (taken) mine.add(id);
    return taken;
  };

  const acts = async () => {
    const { makeActs } = await import('./acts.ts').catch(() => {
      throw new Refusal('network');
    });
    return (made ??= makeActs(http, at));
  };
  const act = (then: (acts: InnerActs) => unknown) => acts().then(then).catch((error) => events.emit('error', { code: asRefusal(error).code }));

  const present = (): ClientState => {
    const { opened } = visit;
    const { session, agentRead, typing, read } = desk;
    const { loaded, state: link } = at;
    const messages = thread.messages();
    return {
      kf: face, session, link, messages, agentRead, read, typing, loaded, loadingEarlier,
      opened: !!opened,
      limits: opened?.limits ?? noLimits,
      prechat: opened?.prechat ?? null,
      pending: outbox.all(),
      hasEarlier: loaded && thread.oldest() > 1,
      unread: unreadAfter(read, messages),
    };
  };

  const client = {
    state: present(),
    on: events.on,
    nudge: line.nudge,
    offline: link.renew,
    signal: line.signal,
    setAttributes: at.setAttributes,
    identify: at.identify,
    acts,
    get running() {
      return at.running;
    },
    get bearer() {
      return visit.token;
    },
    get draft() {
      return kept.get('draft') ?? '';
    },
    set draft(text: string) {
      kept.put('draft', text.slice(0, 20_000));
    },
    start() {
      if (at.running) return;
      at.running = true;
      line.start();
    },
    stop() {
      if (!at.running) return;
      at.running = false;
      line.stop();
    },
    resume() {
      if (!line.lead()) return line.nudge();
      link.start();
      link.nudge(true);
    },
    send: (content: { msgtype: string }) => say({ op: 'send', ...content }),
    sendText(content: string, menuId?: string) {
      // Half of a surrogate pair and NUL are not text to the server.
      const text = content.replace(/[\ud800-\udfff]/gu, '\ufffd').replaceAll('\0', '').trim();
      if (!text || Array.from(text).length > client.state.limits.text_chars) return false;
      return say({ op: 'send', msgtype: 'text', text: menuId ? { content: text, menu_id: menuId } : { content: text } } as { op: 'send'; msgtype: string });
    },
    sendFile(file: File) {
      if (outbox.full()) return false;
      void act((acts) => acts.sendFile(file, client.state.limits));
      return true;
    },
    rate: (sessionId: string, score: number, comment: string) => say({ op: 'rate', session_id: sessionId, score, ...(comment && { comment }) }),
    retry: (id: string) => act((acts) => acts.retry(id)),
    discard(id: string) {
      if (!outbox.flies(id)) at.forget(id);
      at.changed();
    },
    markRead() {
      const seq = thread.head();
      if (seq <= desk.read) return;
      at.seen(seq);
      line.tell({ t: 'read', seq });
      desk.tell();
    },
    setPage(page: Page) {
      facts.page = page;
      desk.tell();
    },
    setLocale(locale: string) {
      facts.locale = locale;
    },
    refresh: () => at.reopen({ t: 'reopen' }),
    adopt: (token: string) => kept.put('token', (visit.token = token)),
    reset() {
      at.leave();
      line.tell({ t: 'reset' });
    },
    async loadEarlier() {
      if (loadingEarlier || !visit.opened) return;
      loadingEarlier = true;
      at.changed();
      await act((acts) => acts.earlier());
      loadingEarlier = false;
      at.changed();
    },
  };
  return client;
}
