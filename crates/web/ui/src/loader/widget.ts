// One widget in a page: makes the frame when it is wanted, greets it, opens and closes it, and
// carries words between the site's script and the app. Its public methods are the site's commands.
import { type EventName, type Scheme, type ToApp, type ToLoader, greeting, handover } from '../widget/bridge.ts';
import { onNavigate, pageFacts } from './navigate.ts';
import type { Options } from './options.ts';
import { Sheet } from './sheet.ts';
import { type Last, Shell } from './shell.ts';
import { titleCount } from './title.ts';
import { wordsFor } from './words.ts';

/** A frame that has not spoken by then was not let in. */
const silenceMs = 15_000;

export class Widget {
  ready = false;
  #origin: string;
  #options: Options;
  #emit: (event: EventName, detail?: unknown) => void;
  #shell: Shell;
  #sheet: Sheet;
  #open = false;
  #unread = 0;
  #frame: HTMLIFrameElement | null = null;
  #port: MessagePort | null = null;
  #waiting: ToApp[] = [];
  #returnTo: Element | null = null;
  #gone = new AbortController();
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(origin: string, options: Options, emit: (event: EventName, detail?: unknown) => void) {
    this.#origin = origin;
    this.#options = options;
    this.#emit = emit;
    this.#shell = new Shell({ ...options, color: options.color ?? colorOf(options.entryPoint) ?? '' }, wordsFor(options.locale), () => this.toggle(), () => this.#load());
    this.#sheet = new Sheet(this.#shell, () => this.close());
    this.#sheet.onTurn(() => {
      if (!this.#open) return;
      this.#sheet.open();
      this.#tellShown();
    });
    const { signal } = this.#gone;
    window.addEventListener('message', (event) => this.#greet(event), { signal });
    // By its code: the Esc that ends a composition has another one.
    document.addEventListener('keydown', (event) => event.keyCode === 27 && !event.defaultPrevented && this.close(), { signal });
    onNavigate(() => this.trackPageView(), signal);
    // A page may be read without ever asking: the frame comes when there is nothing else to do.
    const idle = () => (window.requestIdleCallback ?? setTimeout)(() => signal.aborted || this.#load());
    if (document.readyState === 'complete') idle();
    else window.addEventListener('load', idle, { signal });
  }

  open(): void {
    if (this.#open) return;
    this.#load();
    this.#open = true;
    this.#returnTo = document.activeElement;
    this.#sheet.open();
    this.#tellShown();
    this.#frame?.focus();
    this.#emit('open');
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    const inside = document.activeElement === this.#shell.host;
    this.#sheet.close();
    this.#tellShown();
    const { button } = this.#shell;
    if (inside) (button.hidden ? (this.#returnTo as HTMLElement | null) : button)?.focus();
    this.#emit('close');
  }

  toggle(): void {
    if (this.#open) this.close();
    else this.open();
  }

  isOpen(): boolean {
    return this.#open;
  }

  getUnread(): number {
    return this.#unread;
  }

  /** Opens with a text in the field, to be sent by the visitor. */
  showMessage(text: string): void {
    this.#say({ t: 'prefill', text: String(text) });
    this.open();
  }

  /** A JWT signed by the brand: alone, as `{token}`, or after the user's id; nothing signs the person out. */
  setUser(user: string | { token?: string } | null, signed?: string): void {
    const identity = signed ?? (typeof user === 'string' ? user : user?.token);
    if (!identity) return this.reset();
    this.#options.identity = identity;
    this.#say({ t: 'identify', identity }, true);
  }

  setAttributes(attributes: Record<string, unknown>): void {
    this.#options.attributes = { ...this.#options.attributes, ...attributes };
    this.#say({ t: 'attributes', attributes }, true);
  }

  deleteAttribute(name: string): void {
    this.setAttributes({ [name]: null });
  }

  addTag(tag: string): void {
    this.#signal({ op: 'tag', add: [tag] });
  }

  removeTag(tag: string): void {
    this.#signal({ op: 'tag', remove: [tag] });
  }

  /** Something that the visitor did, for the agent. */
  trackEvent(name: string, detail?: string): void {
    this.#signal({ op: 'event', event: { name, detail } });
  }

  setPosition(place: Pick<Options, 'position' | 'offsetX' | 'offsetY'>): void {
    this.#shell.place(Object.assign(this.#options, place));
  }

  setLocale(locale: string): void {
    this.#options.locale = locale;
    this.#shell.setWords(wordsFor(locale));
    this.#say({ t: 'locale', locale }, true);
  }

  setColorScheme(scheme: Scheme): void {
    this.#options.scheme = scheme;
    this.#shell.setScheme(scheme);
    this.#say({ t: 'scheme', scheme }, true);
  }

  showLauncher(shown = true): void {
    this.#shell.button.hidden = !shown;
  }

  hideLauncher(): void {
    this.showLauncher(false);
  }

  popout(): void {
    this.#say({ t: 'popout' });
  }

  trackPageView(page: { url?: string; title?: string } = {}): void {
    this.#say({ t: 'page', page: { ...pageFacts(), ...page } });
  }

  /** The person leaves: the app forgets the visit, and this page what it knew of it. */
  reset(): void {
    delete this.#options.identity;
    delete this.#options.attributes;
    this.close();
    this.#counted(0, null);
    this.#say({ t: 'reset' });
  }

  shutdown(): void {
    this.close();
    this.#gone.abort();
    clearTimeout(this.#silence);
    this.#port?.close();
    titleCount(0);
    this.#shell.remove();
  }

  #signal(frame: Extract<ToApp, { t: 'signal' }>['frame']): void {
    this.#say({ t: 'signal', frame });
  }

  /** What the configuration says too need not wait for a port. */
  #say(message: ToApp, configured = false): void {
    const port = this.#port;
    if (port) port.postMessage(message);
    else if (!configured && this.#waiting.push(message) > 50) this.#waiting.shift();
  }

  #load(): void {
    if (this.#frame) return;
    const { entryPoint, locale } = this.#options;
    const query = new URLSearchParams({ entry_point: entryPoint });
    const frame = document.createElement('iframe');
    frame.title = wordsFor(locale).chat;
    frame.allow = 'autoplay; clipboard-write; microphone';
    frame.src = `${this.#origin}/widget/?${query}&origin=${encodeURIComponent(location.origin)}`;
    this.#frame = frame;
    this.#shell.hold(frame);
    this.#silence = setTimeout(() => {
      this.#shell.link(`${this.#origin}/chat/?${query}`);
      this.#emit('error', { code: 'frame_blocked' });
    }, silenceMs);
  }

  /** The frame speaks first; only it, from the gateway's origin, gets a port. Again after a reload. */
  #greet({ source, origin, data }: MessageEvent): void {
    const target = this.#frame?.contentWindow;
    if (!target || source !== target || origin !== this.#origin || data !== greeting) return;
    clearTimeout(this.#silence);
    const { port1, port2 } = new MessageChannel();
    this.#port?.close();
    this.#port = port1;
    port1.addEventListener('message', (event: MessageEvent<ToLoader>) => this.#hear(event.data));
    port1.start();
    target.postMessage(handover, this.#origin, [port2]);
    // Only what can be cloned goes over; what is not set stays away.
    const config = JSON.parse(JSON.stringify({ ...this.#options, nonce: undefined, page: pageFacts() }));
    this.#say({ t: 'config', config });
    this.#tellShown();
    for (const message of this.#waiting.splice(0)) this.#say(message);
  }

  #hear(message: ToLoader): void {
    switch (message.t) {
      case 'ready':
        if (!this.ready) {
          this.ready = true;
          this.#emit('ready');
        }
        break;
      case 'face':
        this.#shell.setColor(message.color);
        colorOf(this.#options.entryPoint, message.color);
        break;
      case 'unread':
        this.#counted(message.count, message.last);
        break;
      case 'close':
        this.close();
        break;
      case 'event':
        this.#emit(message.name, message.detail);
        break;
      default:
    }
  }

  #counted(count: number, last: Last | null): void {
    const changed = count !== this.#unread;
    this.#unread = count;
    this.#shell.count(count);
    titleCount(count);
    if (!count || this.#open || last) this.#shell.say(this.#open ? null : last, () => this.open());
    if (changed) this.#emit('unread', count);
  }

  #tellShown(): void {
    const { full } = this.#sheet;
    if (this.#port) this.#say({ t: 'shown', shown: this.#open, full, edges: full ? this.#shell.edges() : [0, 0, 0, 0] });
  }
}

/** Keeps the brand's colour, so that the button wears it before the app has loaded. */
function colorOf(entryPoint: string, color?: string | null): string | null {
  const key = `kefu:color:${entryPoint}`;
  try {
    if (color) localStorage.setItem(key, color);
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
