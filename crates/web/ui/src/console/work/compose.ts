// What keys and texts mean in the composer, apart from any component.
import type { CannedReply } from '../state/canned';

export type KeyMeaning = 'send' | 'send_now' | 'send_end' | 'pick' | 'up' | 'down' | 'dismiss' | null;

type Pressed = Pick<KeyboardEvent, 'key' | 'isComposing' | 'keyCode' | 'shiftKey' | 'altKey' | 'ctrlKey' | 'metaKey'>;

/**
 * What a key means in the field. While an input method composes, every key belongs to it: browsers
 * say so by `isComposing`, some only by key code 229.
 */
export function keyMeaning(event: Pressed, menu: boolean, sends: 'enter' | 'ctrl_enter' = 'enter'): KeyMeaning {
  if (event.isComposing || event.keyCode === 229) return null;
  const mod = event.ctrlKey || event.metaKey;
  if (menu) {
    if (event.key === 'ArrowUp') return 'up';
    if (event.key === 'ArrowDown') return 'down';
    if (event.key === 'Escape') return 'dismiss';
    if (event.key === 'Tab' && !event.shiftKey) return 'pick';
    if (event.key === 'Enter' && !event.shiftKey) return event.altKey ? (mod ? 'send_end' : 'send_now') : 'pick';
    return null;
  }
  if (event.key !== 'Enter' || event.shiftKey) return null;
  if (event.altKey) return mod ? 'send_end' : null;
  return sends === 'enter' || mod ? 'send' : null;
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

/** What follows the `@` before the caret, or null: a colleague is being named. */
export function mentionQuery(before: string): string | null {
  const found = /@([^\s@]{0,20})$/.exec(before);
  return found ? found[1]! : null;
}

/** Who is named in a text. Where one name begins another, the longer one is meant. */
export function mentionsIn<T extends { name: string }>(text: string, people: readonly T[]): T[] {
  const longest = people.toSorted((a, b) => b.name.length - a.name.length);
  const found = new Set<T>();
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const one = longest.find((p) => p.name && text.startsWith(p.name, at + 1));
    if (one) found.add(one);
  }
  return [...found];
}

/** Cuts a text at the names in it, for marking them. */
export function partsOf(text: string, people: readonly { name: string }[]): { text: string; named: boolean }[] {
  const names = people.map((p) => p.name).filter(Boolean).toSorted((a, b) => b.length - a.length);
  const parts: { text: string; named: boolean }[] = [];
  let from = 0;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const name = names.find((n) => text.startsWith(n, at + 1));
    if (!name) continue;
    if (at > from) parts.push({ text: text.slice(from, at), named: false });
    parts.push({ text: `@${name}`, named: true });
    from = at + 1 + name.length;
  }
  if (from < text.length || !parts.length) parts.push({ text: text.slice(from), named: false });
  return parts;
}

/** What `{{…}}` in a canned reply may name, in both languages. */
export interface Variables {
  customer: string;
  agent: string;
  brand: string;
}
const variable: Record<string, keyof Variables> = { customer: 'customer', 'customer.name': 'customer', 客户: 'customer', agent: 'agent', 'agent.name': 'agent', 接待人员: 'agent', brand: 'brand', 'brand.name': 'brand', 企业: 'brand' };

/** What follows `{{` right before the caret, or null. */
export function variableQuery(before: string): string | null {
  return /\{\{\s*([\p{L}.]{0,20})$/u.exec(before)?.[1] ?? null;
}

/** Fills `{{customer}}` and the like; what nobody knows stays, so that it is seen before it is sent. */
export function fillVariables(text: string, values: Variables): string {
  return text.replace(/\{\{\s*([\p{L}.]+)\s*\}\}/gu, (whole, name: string) => (variable[name] ? values[variable[name]] : whole));
}

/** Bytes of a text on the wire. */
export const bytesOf = (text: string) => new TextEncoder().encode(text).length;

/** How a text goes out where one message holds so many bytes: in how many, and what is left in the last. */
export function sizeOf(text: string, limit: number | null | undefined): { parts: number; left: number } | null {
  if (!limit) return null;
  const bytes = bytesOf(text);
  const parts = Math.max(1, Math.ceil(bytes / limit));
  return { parts, left: parts * limit - bytes };
}

/** Characters as a person counts them. */
export const lengthOf = (text: string) => [...text].length;
