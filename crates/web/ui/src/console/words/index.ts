// The console's own words, in both languages side by side, so that none can be missing. Those of pages
// that are loaded when they are opened come with them.
import { ref } from 'vue';
import type { admin } from './admin';
import type { cards } from './cards';
import { common } from './common';
import { desk } from './desk';
import type { kf } from './kf';
import { wall } from './wall';
import { work } from './work';

export type Locale = 'zh-CN' | 'en';

const first = { ...common, ...work, ...desk, ...wall } as const;
type Pair = readonly [zh: string, en: string];
export type Word = keyof typeof first | keyof typeof admin | keyof typeof kf | keyof typeof cards;
export const words: Partial<Record<Word, Pair>> = { ...first };

/** Takes in the words of a page that was loaded later. */
export function learn(more: Partial<Record<Word, Pair>>): void {
  Object.assign(words, more);
}

type Params = Record<string, string | number>;

export const locale = ref<Locale>('zh-CN');

/** Picks the language of this console; `<html lang>` follows. */
export function setLocale(next: Locale): void {
  locale.value = next;
  document.documentElement.lang = next;
}

/**
 * The words for `key`, with `{name}` replaced from `params`. English words may hold two forms,
 * `one|many`, chosen by `params.n`.
 */
export function t(key: Word, params?: Params): string {
  const [zh, en] = words[key] ?? [key, key];
  let text = locale.value === 'en' ? en : zh;
  if (text.includes('|')) text = text.split('|')[params?.n === 1 ? 0 : 1]!;
  return params ? text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in params ? String(params[name]) : whole)) : text;
}

/** The words for a code that comes from the gateway, or `fallback` if it is one we do not know. */
export function tCode(prefix: string, code: string | null | undefined, fallback = code ?? ''): string {
  const key = `${prefix}.${code}`;
  return key in words ? t(key as Word) : fallback;
}

/** Picks one of two languages that the gateway has put in one string, Chinese first, parted by U+001F. */
export function spoken(text: string | null | undefined): string {
  const [zh = '', en = zh] = (text ?? '').split('\u001f');
  return locale.value === 'en' ? en : zh;
}

/** Picks `<field>_zh` or `<field>_en` of something the gateway has put into words. */
export function said<F extends string>(from: Record<`${F}_zh` | `${F}_en`, string>, field: F): string {
  return locale.value === 'en' ? from[`${field}_en`] : from[`${field}_zh`];
}
