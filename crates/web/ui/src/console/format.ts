// Times, durations and sizes in words. Everything that counts uses the server's clock.
import { locale, t } from './words';

const two = (n: number) => String(n).padStart(2, '0');

/** `mm:ss`, or `h:mm:ss` from an hour on; never negative. */
export function clock(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const h = Math.floor(s / 3600);
  const rest = `${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
  return h ? `${h}:${rest}` : rest;
}

export function hhmm(at: number): string {
  const d = new Date(at);
  return `${two(d.getHours())}:${two(d.getMinutes())}`;
}

export function hhmmss(at: number): string {
  return `${hhmm(at)}:${two(new Date(at).getSeconds())}`;
}

/** Midnight that began the day of `at`, local time. */
export function dayOf(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

function daysAgo(at: number, now: number): number {
  return Math.round((dayOf(now) - dayOf(at)) / 86_400_000);
}

export function date(at: number, now: number): string {
  const d = new Date(at);
  const sameYear = d.getFullYear() === new Date(now).getFullYear();
  return new Intl.DateTimeFormat(locale.value, { year: sameYear ? undefined : 'numeric', month: locale.value === 'en' ? 'short' : 'long', day: 'numeric' }).format(d);
}

/** The heading of a day in a thread. */
export function dayName(at: number, now: number): string {
  const ago = daysAgo(at, now);
  if (ago === 0) return t('time.today');
  if (ago === 1) return t('time.yesterday');
  const weekday = new Intl.DateTimeFormat(locale.value, { weekday: 'short' }).format(at);
  return `${date(at, now)} ${weekday}`;
}

/** Time alone today, `昨天 13:47` yesterday, the date before. */
export function when(at: number, now: number): string {
  const ago = daysAgo(at, now);
  if (ago === 0) return hhmm(at);
  if (ago === 1) return t('time.yesterday_at', { time: hhmm(at) });
  return date(at, now);
}

/** Day and time, always both. */
export function fullWhen(at: number, now: number): string {
  const ago = daysAgo(at, now);
  if (ago === 0) return t('time.today_at', { time: hhmm(at) });
  if (ago === 1) return t('time.yesterday_at', { time: hhmm(at) });
  if (ago === -1) return t('time.tomorrow_at', { time: hhmm(at) });
  return `${date(at, now)} ${hhmm(at)}`;
}

/** A duration in words, two units at most. */
export function duration(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return t('time.s', { n: s });
  const m = Math.floor(s / 60);
  if (m < 10 && s % 60) return t('time.min_s', { m, s: s % 60 });
  if (m < 60) return t('time.min', { n: m });
  const h = Math.floor(m / 60);
  if (h < 72) return m % 60 ? t('time.h_min', { h, m: m % 60 }) : t('time.h', { n: h });
  return t('time.d', { n: Math.floor(h / 24) });
}
