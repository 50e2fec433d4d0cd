// Times and traffic in words.
import type { Call } from './api.ts';
import type { Words } from './words.ts';

const two = (n: number) => String(n).padStart(2, '0');

export function time(ms: number, seconds = false): string {
  const at = new Date(ms);
  const short = `${two(at.getHours())}:${two(at.getMinutes())}`;
  return seconds ? `${short}:${two(at.getSeconds())}` : short;
}

export function dateTime(ms: number, lang: string): string {
  const day = new Date(ms).toLocaleDateString(lang, { month: lang === 'en' ? 'short' : 'long', day: 'numeric' });
  return `${day} ${time(ms, true)}`;
}

/** Whether a line of the chat deserves a time above it: the first, and after five quiet minutes. */
export function pause(before: number | undefined, at: number): boolean {
  return before === undefined || at - before > 5 * 60_000;
}

/** Hours and minutes until a time. */
export function until(ms: number, now: number): [number, number] {
  const minutes = Math.max(0, Math.floor((ms - now) / 60_000));
  return [Math.floor(minutes / 60), minutes % 60];
}

function field(body: string | undefined, name: string): string {
  return body?.match(new RegExp(`"${name}"\\s*:\\s*"([^"]{1,80})`))?.[1] ?? '';
}

/** The simulator's note, in the reader's language where it says something usual. */
function noted(note: string, words: Words): string {
  const counted = note.replace(/^(\d+) (messages|accounts|customers|bytes)\b/, (_, n: string, what: keyof Words['counted']) => words.counted[what](n));
  return words.notes[note] ?? counted.replace(/^fault(?=$|:)/, words.onPurpose);
}

/** One row of traffic: what it was, how it ended, what there is to say about it. */
export function row(call: Call, words: Words): { title: string; end: string; bad: boolean; note: string } {
  const took = call.took_us >= 10_000 ? `${Math.round(call.took_us / 1_000)} ms` : `${(call.took_us / 1_000).toFixed(1)} ms`;
  const kind = call.way === 'call' ? field(call.body, 'msgtype') : '';
  const title = [call.path.replace(/^externalcontact\/|^change_external_\w+ /, ''), kind].filter(Boolean).join(' ');
  const bad = call.way === 'call' ? call.errcode !== 0 : call.status !== 200;
  const outcome = call.way === 'call' ? (call.errcode ?? call.status) : (call.status ?? words.noAnswer);
  const state = field(call.body, 'state') || call.body?.match(/<State><!\[CDATA\[([^\]]+)/)?.[1];
  const said = field(call.body, 'content');
  const note = [call.attempt > 1 ? words.attempt(call.attempt) : '', state ? `state ${state}` : '', said, call.note === kind ? '' : noted(call.note ?? '', words)].filter(Boolean);
  return { title, end: `${outcome ?? ''} · ${took}`, bad, note: [...new Set(note)].join(' · ') };
}
