// On a phone the panel is a sheet over the whole screen: the page beneath does not scroll, the back
// button closes the sheet, and the keyboard makes it smaller instead of covering it.
import type { Shell } from './shell.ts';

const mark = 'kefuSheet';
const marked = () => (history.state as Record<string, unknown> | null)?.[mark] === true;

export class Sheet {
  full = false;
  #shell: Shell;
  #onBack: () => void;
  #narrow = matchMedia('(max-width: 600px)');
  #undo: (() => void)[] = [];

  constructor(shell: Shell, onBack: () => void) {
    this.#shell = shell;
    this.#onBack = onBack;
  }

  /** Calls back when the screen became one for the other layout. */
  onTurn(then: () => void): void {
    this.#narrow.addEventListener('change', then);
  }

  open(): void {
    this.#lift();
    this.full = this.#narrow.matches;
    this.#shell.setOpen(true, this.full);
    if (!this.full) return;
    const { style } = document.documentElement;
    const before = style.overflow;
    style.overflow = 'hidden';
    this.#undo.push(() => (style.overflow = before));

    if (!marked()) history.pushState({ ...history.state, [mark]: true }, '');
    this.#listen(window, 'popstate', () => marked() || this.#onBack());

    const view = window.visualViewport;
    if (!view) return;
    // Zoomed in, the visible part is a lens on the sheet and not its size.
    const fit = () => (view.scale > 1.01 ? this.#shell.fit('', '') : this.#shell.fit(`${view.offsetTop}px`, `${view.height}px`));
    this.#listen(view, 'resize', fit);
    this.#listen(view, 'scroll', fit);
    fit();
    this.#undo.push(() => this.#shell.fit('', ''));
  }

  close(): void {
    this.#shell.setOpen(false, this.full);
    this.#lift();
    if (marked()) history.back();
  }

  #listen(target: EventTarget, event: string, then: () => void): void {
    target.addEventListener(event, then);
    this.#undo.push(() => target.removeEventListener(event, then));
  }

  #lift(): void {
    for (const undo of this.#undo.splice(0)) undo();
  }
}
