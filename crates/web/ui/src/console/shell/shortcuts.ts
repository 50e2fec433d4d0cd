// Keys by their place on the keyboard (`event.code`), so that layouts and input methods do not move
// them. A page says which actions it can do now; the rest of the keys do nothing.
import type { Word } from '../words';

export type Action =
  | 'prev' | 'next' | 'tab' | 'snooze' | 'take' | 'accept' | 'reply' | 'note' | 'attach' | 'card' | 'transfer' | 'handoff'
  | 'close' | 'close_next' | 'panel' | 'search' | 'help' | 'go_work' | 'go_people' | 'go_wall' | 'go_admin';

interface Key {
  code: string;
  alt?: boolean;
  /** Control, or Command on a Mac. */
  mod?: boolean;
  shift?: boolean;
}

export interface Shortcut {
  action: Action;
  keys: Key[];
  label: Word;
  group: Word;
}

const list: Word = 'keys.list';
const thread: Word = 'keys.thread';
const everywhere: Word = 'keys.everywhere';

export const shortcuts: Shortcut[] = [
  { action: 'next', keys: [{ code: 'KeyJ', alt: true }], label: 'keys.next', group: list },
  { action: 'prev', keys: [{ code: 'KeyK', alt: true }], label: 'keys.prev', group: list },
  { action: 'tab', keys: [{ code: 'KeyN', alt: true }], label: 'keys.tab', group: list },
  { action: 'take', keys: [{ code: 'KeyQ', alt: true }], label: 'keys.take', group: list },
  { action: 'accept', keys: [{ code: 'KeyY', alt: true }], label: 'keys.accept', group: list },
  { action: 'reply', keys: [{ code: 'KeyL', alt: true }], label: 'keys.reply', group: thread },
  { action: 'note', keys: [{ code: 'KeyP', alt: true }], label: 'keys.note', group: thread },
  { action: 'attach', keys: [{ code: 'KeyA', alt: true, mod: true }], label: 'keys.attach', group: thread },
  { action: 'card', keys: [{ code: 'KeyG', alt: true }], label: 'comp.card', group: thread },
  { action: 'transfer', keys: [{ code: 'KeyT', alt: true }], label: 'keys.transfer', group: thread },
  { action: 'handoff', keys: [{ code: 'KeyH', alt: true }], label: 'keys.handoff', group: thread },
  { action: 'snooze', keys: [{ code: 'KeyM', alt: true }], label: 'snooze.label', group: thread },
  { action: 'close', keys: [{ code: 'KeyE', alt: true }], label: 'keys.close', group: thread },
  { action: 'close_next', keys: [{ code: 'KeyE', alt: true, mod: true }], label: 'keys.close_next', group: thread },
  { action: 'panel', keys: [{ code: 'KeyO', alt: true }], label: 'keys.panel', group: thread },
  { action: 'search', keys: [{ code: 'KeyK', mod: true }], label: 'keys.search', group: everywhere },
  { action: 'help', keys: [{ code: 'Slash', mod: true }, { code: 'Slash', shift: true }], label: 'keys.help', group: everywhere },
  { action: 'go_work', keys: [{ code: 'KeyC', alt: true }], label: 'keys.go_work', group: everywhere },
  { action: 'go_people', keys: [{ code: 'KeyV', alt: true }], label: 'keys.go_people', group: everywhere },
  { action: 'go_wall', keys: [{ code: 'KeyR', alt: true }], label: 'keys.go_wall', group: everywhere },
  { action: 'go_admin', keys: [{ code: 'KeyS', alt: true }], label: 'keys.go_admin', group: everywhere },
];

type Pressed = Pick<KeyboardEvent, 'code' | 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'isComposing' | 'keyCode'> & { target?: EventTarget | null; getModifierState?: (key: string) => boolean };

/** Whether keys typed now belong to a text. */
export function isTyping(target: EventTarget | null | undefined): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || (target instanceof HTMLInputElement && !/^(button|checkbox|radio|range|file)$/.test(target.type));
}

/** The action of a key press, if it is one. */
export function actionOf(event: Pressed): Action | null {
  if (event.isComposing || event.keyCode === 229) return null;
  // AltGr, which browsers on Windows report as Ctrl Alt, makes letters.
  if (event.getModifierState?.('AltGraph')) return null;
  const mod = event.ctrlKey || event.metaKey;
  for (const { action, keys } of shortcuts) {
    for (const key of keys) {
      if (key.code !== event.code || !!key.alt !== event.altKey || !!key.mod !== mod || !!key.shift !== event.shiftKey) continue;
      // Keys without Alt, Control or Command are letters while someone types.
      if (!key.alt && !key.mod && isTyping(event.target)) return null;
      return action;
    }
  }
  return null;
}

const mac = /Mac|iP(hone|ad)/.test(navigator.platform);

/** The key as it stands on this keyboard: `Alt Q`, `⌥Q`. */
export function keyLabel(key: Key): string {
  const letter = key.code === 'Slash' ? (key.shift ? '?' : '/') : key.code.replace('Key', '');
  const shift = key.shift && key.code !== 'Slash';
  if (mac) return `${key.mod ? '⌘' : ''}${key.alt ? '⌥' : ''}${shift ? '⇧' : ''}${letter}`;
  return [key.mod && 'Ctrl', key.alt && 'Alt', shift && 'Shift', letter].filter(Boolean).join(' ');
}

/** Names of keys that are no shortcut of a page, as they stand on this keyboard. */
export const keyNames = (keys: string): string => (mac ? keys.replace('Ctrl ', '⌘').replace('Alt ', '⌥').replace('Shift ', '⇧') : keys);

export function keyOf(action: Action): string {
  const found = shortcuts.find((s) => s.action === action);
  return found ? keyLabel(found.keys[0]!) : '';
}

type Handlers = Partial<Record<Action, () => void>>;
const handlers: Handlers[] = [];

/** Offers actions while a page is open; answers how to withdraw them. Later offers win. */
export function offer(actions: Handlers): () => void {
  handlers.push(actions);
  return () => {
    const at = handlers.indexOf(actions);
    if (at >= 0) handlers.splice(at, 1);
  };
}

export function run(action: Action): boolean {
  for (let at = handlers.length - 1; at >= 0; at--) {
    const handler = handlers[at]![action];
    if (handler) {
      handler();
      return true;
    }
  }
  return false;
}

export function listen(): () => void {
  const onKey = (event: KeyboardEvent) => {
    // A dialog that is open keeps its keys, but for the ones that belong everywhere.
    const action = actionOf(event);
    if (!action || (document.querySelector('dialog[open]') && action !== 'search')) return;
    if (run(action)) event.preventDefault();
  };
  window.addEventListener('keydown', onKey);
  return () => window.removeEventListener('keydown', onKey);
}
