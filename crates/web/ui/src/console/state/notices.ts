// Sentences about what was asked and did not work, or did: they stand above the page until closed.
import { shallowRef } from 'vue';
import { Problem } from '../net/api';
import { Refused, Unanswered } from '../net/socket';
import { t, tCode } from '../words';

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
    const known = tCode('problem', error.code, '');
    const detail = error.detail && error.detail !== known ? error.detail : '';
    return { text: [known, detail].filter(Boolean).join(known && detail ? '：' : '') || error.code, code: error.code };
  }
  if (error instanceof Unanswered) return { text: t('problem.gateway_unreachable'), code: 'gateway_unreachable' };
  return { text: error instanceof Error ? error.message : String(error), code: '' };
}

export function failed(error: unknown, what = ''): void {
  const { text, code } = sentence(error);
  push({ id: ++last, kind: 'failed', text: what ? `${what}：${text}` : text, code });
}

export function done(text: string): void {
  const id = ++last;
  push({ id, kind: 'done', text });
  setTimeout(() => dismiss(id), 4000);
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((n) => n.id !== id);
}

function push(notice: Notice): void {
  notices.value = [...notices.value.filter((n) => n.text !== notice.text), notice].slice(-3);
}
