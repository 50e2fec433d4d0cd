// Sentences about what was asked and did not work, or did: they stand above the page until closed. That
// nobody could be reached goes by itself once somebody can.
import { shallowRef } from 'vue';
import { Problem } from '../net/api';
import { Refused, Unanswered } from '../net/socket';
import { spoken, t, tCode } from '../words';

export interface Notice {
  id: number;
  kind: 'failed' | 'done';
  text: string;
  /** The code, in small letters. */
  code?: string;
}

export const notices = shallowRef<Notice[]>([]);
let last = 0;

/** A sentence for any error that a request can end with. */
export function sentence(error: unknown): { text: string; code: string } {
  if (error instanceof Problem || error instanceof Refused) {
    return { text: refusal(error.code, error.detail), code: error.code };
  }
  if (error instanceof Unanswered) return { text: t('problem.gateway_unreachable'), code: 'gateway_unreachable' };
  return { text: error instanceof Error ? error.message : String(error), code: '' };
}

/** Codes whose detail says which thing is wrong; elsewhere our own words say it all. */
const SPECIFIC = new Set(['bad_request', 'conflict', 'too_large', 'unsupported_type', 'url_forbidden', 'not_sendable']);

/** A sentence for a code of PROTOCOL.md §6 and the detail that came with it. */
export function refusal(code: string, detail = ''): string {
  // Two languages in one string are words made for people: better than ours.
  if (detail.includes('\u001f')) return spoken(detail);
  const known = tCode('problem', code, '');
  if (!known) return detail || code;
  return detail && SPECIFIC.has(code) ? `${known}：${detail}` : known;
}

/** Answers the notice, for whoever can take it back. */
export function failed(error: unknown, what = ''): number {
  const { text, code } = sentence(error);
  const id = ++last;
  push({ id, kind: 'failed', text: what ? `${what}：${text}` : text, code });
  return id;
}

export function done(text: string): void {
  const id = ++last;
  push({ id, kind: 'done', text });
  setTimeout(() => dismiss(id), 4000);
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((n) => n.id !== id);
}

/** The gateway is there again. */
export function reached(): void {
  notices.value = notices.value.filter((n) => n.code !== 'gateway_unreachable');
}

function push(notice: Notice): void {
  notices.value = [...notices.value.filter((n) => n.text !== notice.text), notice].slice(-3);
}
