// Times and sizes as a visitor reads them.
import type { Words } from './words.ts';

export const clock = (ms: number) => {
  const at = new Date(ms);
  return `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`;
};

const dayOf = (ms: number) => new Date(ms).setHours(0, 0, 0, 0);
const dayMs = 24 * 3600 * 1000;

/** A time between messages: `14:02`, `昨天 14:02`, `4月1日 14:02`. */
export function when(ms: number, now: number, words: Words): string {
  const days = Math.round((dayOf(now) - dayOf(ms)) / dayMs);
  if (days <= 0) return clock(ms);
  if (days === 1) return `${words.yesterday} ${clock(ms)}`;
  const year = new Date(ms).getFullYear() === new Date(now).getFullYear() ? {} : { year: 'numeric' as const };
  return `${new Date(ms).toLocaleDateString(words.lang, { month: 'short', day: 'numeric', ...year })} ${clock(ms)}`;
}

/** When somebody is there again, in the reader's own time: `周一 9:00 回复您`. */
export function back(at: number, now: number, words: Words): string {
  const days = Math.round((dayOf(at) - dayOf(now)) / dayMs);
  const far = days < 7 ? { weekday: words.lang === 'en' ? ('long' as const) : ('short' as const) } : { month: 'short' as const, day: 'numeric' as const };
  const day = days <= 0 ? words.today : days === 1 ? words.tomorrow : words.on(new Date(at).toLocaleDateString(words.lang, far));
  return words.back(day, clock(at).replace(/^0/, ''));
}

export interface Piece { text: string; href?: string }

// Addresses are ASCII here: the Chinese words and marks that follow one directly end it.
const address = /(?:https?:\/\/|weixin:\/\/)[\w\-.~:/?#[\]@!$&'()*+,;=%]+/gi;

/** Splits a text into words and addresses that may be opened. Other schemes stay words. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(address)) {
    if (/\w/.test(text[match.index - 1] ?? '')) continue;
    const href = trimEnd(match[0]);
    if (!opens(href)) continue;
    if (match.index > from) found.push({ text: text.slice(from, match.index) });
    found.push({ text: href, href });
    from = match.index + href.length;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}

/** Marks at the end belong to the sentence, and a bracket to it that was opened outside. */
function trimEnd(url: string): string {
  let end = url.length;
  for (;;) {
    const last = url[end - 1] ?? '';
    const open = ({ ')': '(', ']': '[' } as Record<string, string>)[last];
    const part = url.slice(0, end);
    if (/[.,;:!?'*]/.test(last) || (open && part.split(last).length > part.split(open).length)) end--;
    else return part;
  }
}

/** True for an address that a visitor may be sent to. */
export function opens(url: string | null | undefined): url is string {
  if (!url) return false;
  try {
    const { protocol, hostname } = new URL(url);
    return protocol === 'weixin:' || ((protocol === 'https:' || protocol === 'http:') && hostname !== '');
  } catch {
    return false;
  }
}
