// What keys and texts mean in the composer, apart from any component.
import type { CannedReply } from '../state/canned';

export type KeyMeaning = 'send' | 'send_now' | 'pick' | 'up' | 'down' | 'dismiss' | null;

type Pressed = Pick<KeyboardEvent, 'key' | 'isComposing' | 'keyCode' | 'shiftKey' | 'altKey' | 'ctrlKey' | 'metaKey'>;

/**
 * What a key means in the field. While an input method composes, every key belongs to it: browsers
 * say so by `isComposing`, some only by key code 229.
 */
export function keyMeaning(event: Pressed, menu: boolean): KeyMeaning {
  if (event.isComposing || event.keyCode === 229) return null;
  if (menu) {
    if (event.key === 'ArrowUp') return 'up';
    if (event.key === 'ArrowDown') return 'down';
    if (event.key === 'Escape') return 'dismiss';
    if (event.key === 'Tab' && !event.shiftKey) return 'pick';
    if (event.key === 'Enter' && !event.shiftKey) return event.altKey ? 'send_now' : 'pick';
    return null;
  }
  if (event.key === 'Enter' && !event.shiftKey && !event.altKey) return 'send';
  return null;
}

/** What follows a `/` that stands at the very beginning of the text, or null. */
export function slashQuery(text: string): string | null {
  const found = /^\/(\S{0,30})$/.exec(text);
  return found ? found[1]! : null;
}

/** Canned replies that fit `query`: shortcut first, then title, then text. */
export function matchCanned(all: readonly CannedReply[], query: string, most = 6): CannedReply[] {
  const q = query.toLowerCase();
  if (!q) return all.slice(0, most);
  const rank = (r: CannedReply) => {
    const shortcut = r.shortcut?.replace(/^\//, '').toLowerCase() ?? '';
    if (shortcut.startsWith(q)) return 0;
    if (r.title.toLowerCase().startsWith(q)) return 1;
    if (r.title.toLowerCase().includes(q) || shortcut.includes(q)) return 2;
    return r.text.toLowerCase().includes(q) ? 3 : 9;
  };
  return all
    .map((r) => [rank(r), r] as const)
    .filter(([n]) => n < 9)
    .sort((a, b) => a[0] - b[0])
    .slice(0, most)
    .map(([, r]) => r);
}

/** Splits `text` around the first place where `query` stands, for marking it. */
export function around(text: string, query: string): [string, string, string] {
  const at = query ? text.toLowerCase().indexOf(query.toLowerCase()) : -1;
  return at < 0 ? [text, '', ''] : [text.slice(0, at), text.slice(at, at + query.length), text.slice(at + query.length)];
}

/** Characters as a person counts them. */
export const lengthOf = (text: string) => [...text].length;
