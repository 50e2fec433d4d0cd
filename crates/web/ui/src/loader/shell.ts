// What stands in the brand's page: button, bubble with the last words, panel with the frame. All of
// it in one Shadow DOM beside the body, where neither the site's styles nor a framework that swaps
// the body reach it.
import type { Options } from './options.ts';
import css from './shell.css?inline';
import type { LoaderWords } from './words.ts';

export interface Last { name: string; text: string }

const chatIcon = 'M12 3.5c-5 0-9 3.3-9 7.6 0 2.5 1.3 4.6 3.4 6-.1 1-.5 2-1.2 3 1.7-.2 3.2-.8 4.3-1.7.8.2 1.6.3 2.5.3 5 0 9-3.4 9-7.6s-4-7.6-9-7.6z';
const closeIcon = 'm7 7 10 10M17 7 7 17';

export class Shell {
  readonly host = part('div');
  readonly button = part('button', 'launch');
  #panel = part('div', 'panel');
  #badge = part('span', 'badge');
  #bubble = part('div', 'bubble');
  #probe = part('div', 'probe');
  #words: LoaderWords;
  #count = 0;
  #watch = new MutationObserver(() => this.host.isConnected || this.#attach());

  constructor(options: Options, words: LoaderWords, onToggle: () => void, onNear: () => void) {
    const { button, host } = this;
    this.#words = words;
    const root = host.attachShadow({ mode: 'open' });
    dress(root, options.nonce);
    // The kit's azurite and cinnabar: its tokens do not reach into other people's pages.
    this.#style({ '--act': options.color || '#17587F', '--late': '#B4321E', '--z': options.zIndex ?? 2147483000 });
    this.place(options);
    this.setScheme(options.scheme);

    button.setAttribute('aria-haspopup', 'dialog');
    button.append(drawing(chatIcon), this.#badge);
    button.addEventListener('click', onToggle);
    for (const event of ['pointerenter', 'focus']) button.addEventListener(event, onNear);
    button.hidden = String(options.launcher) === 'false';
    this.#bubble.setAttribute('role', 'status');
    this.#panel.inert = true;
    root.append(this.#panel, this.#bubble, button, this.#probe);
    this.count(0);

    this.#attach();
    // Some frameworks replace the document element, or all of its children.
    this.#watch.observe(document, { childList: true });
    this.#watch.observe(document.documentElement, { childList: true });
  }

  /** Where button and panel stand. */
  place({ position, offsetX = 24, offsetY = 24 }: Pick<Options, 'position' | 'offsetX' | 'offsetY'>): void {
    const side = position === 'left' ? '--l' : '--r';
    this.#style({ '--x': `${offsetX}px`, '--y': `${offsetY}px`, '--l': 'auto', '--r': 'auto', [side]: 'var(--x)' });
  }

  remove(): void {
    this.#watch.disconnect();
    this.host.remove();
  }

  /** Puts a frame in. */
  hold(content: HTMLElement): void {
    this.#panel.replaceChildren(content);
  }

  /** A way out where no frame may be. */
  link(href: string): void {
    this.hold(Object.assign(part('a'), { href, target: '_blank', rel: 'noopener', textContent: this.#words.elsewhere }));
  }

  setOpen(open: boolean, full: boolean): void {
    this.host.toggleAttribute('data-open', open);
    this.host.toggleAttribute('data-full', full);
    this.#panel.inert = !open;
    this.button.setAttribute('aria-expanded', String(open));
    if (open) this.say(null);
  }

  /** Lays a full sheet over the part of the screen that the keyboard leaves. */
  fit(top: string, height: string): void {
    Object.assign(this.#panel.style, { top, height });
  }

  /** What notches and bars cover, if the site draws under them: top, right, bottom, left. */
  edges(): [number, number, number, number] {
    const { paddingTop, paddingRight, paddingBottom, paddingLeft } = getComputedStyle(this.#probe);
    return [paddingTop, paddingRight, paddingBottom, paddingLeft].map((px) => Number.parseFloat(px) || 0) as [number, number, number, number];
  }

  /** The colour of the button; the app sends one that white is readable on. */
  setColor(color: string | null | undefined): void {
    if (color) this.host.style.setProperty('--act', color);
  }

  setScheme(scheme = 'auto'): void {
    this.host.style.colorScheme = scheme === 'auto' ? 'light dark' : scheme;
  }

  setWords(words: LoaderWords): void {
    this.#words = words;
    this.count(this.#count);
  }

  count(n: number): void {
    this.#count = n;
    this.#badge.hidden = !n;
    this.#badge.textContent = n > 9 ? '9+' : String(n);
    label(this.button, this.#words.chat + (n ? `, ${this.#words.unread(n)}` : ''));
  }

  /** Shows the last words beside the button, as text. */
  say(last: Last | null, open?: () => void): void {
    this.#bubble.replaceChildren();
    if (!last || !open || this.button.hidden) return;
    const words = part('button', 'words');
    const close = part('button', 'shut');
    for (const [tag, text] of [['bdi', last.name], ['span', last.text]] as const) words.append(Object.assign(part(tag), { textContent: text }));
    words.addEventListener('click', open);
    label(close, this.#words.close);
    close.append(drawing(closeIcon));
    close.addEventListener('click', () => this.say(null));
    this.#bubble.append(words, close);
  }

  #style(values: Record<string, string | number>): void {
    for (const [name, value] of Object.entries(values)) this.host.style.setProperty(name, String(value));
  }

  #attach(): void {
    document.documentElement.append(this.host);
  }
}

const label = (element: HTMLElement, text: string) => element.setAttribute('aria-label', text);

function part<K extends keyof HTMLElementTagNameMap>(tag: K, className = ''): HTMLElementTagNameMap[K] {
  return Object.assign(document.createElement(tag), { className });
}

function drawing(path: string): SVGElement {
  const [svg, line] = ['svg', 'path'].map((tag) => document.createElementNS('http://www.w3.org/2000/svg', tag) as SVGElement) as [SVGElement, SVGElement];
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

function dress(root: ShadowRoot, nonce = ''): void {
  try {
    // Sheets made by script need no leave from the site's content policy.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.append(Object.assign(part('style'), { nonce, textContent: css }));
  }
}
