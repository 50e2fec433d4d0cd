// One assignment of the audit, and the words for how it came about. No component.
import { t, tCode } from '../words';

export interface Assignment {
  session_id: string;
  servicer_userid: string;
  name: string;
  /** Its number in the session. */
  fence: number;
  /** Was offered, not given. */
  offered: boolean;
  from_at: number;
  accepted_at: number | null;
  until_at: number | null;
  /** Why it ended. */
  reason: string | null;
  /** Why it was theirs: a rule of routing, or by hand. */
  why: string;
  /** Where the customer was asked for. */
  conversation_id?: string;
  customer_name?: string;
}

export function howOf(a: Assignment): string {
  if (a.offered) return t(a.accepted_at ? 'log.accepted' : a.until_at ? 'log.not_accepted' : 'log.offered');
  return tCode('log.why', a.why);
}

/** The time from the beginning of one day to the end of another, here; an order that is wrong is put right. */
export function spanAsked(from: string, until: string): { since?: number; before?: number } {
  const [first, last] = from && until && until < from ? [until, from] : [from, until];
  const at = (day: string) => new Date(`${day}T00:00`);
  return { ...(first ? { since: at(first).getTime() } : {}), ...(last ? { before: at(last).setHours(24) } : {}) };
}

/** The day of a moment, here, as a date field holds it. */
export function dayAsked(at: number): string {
  const d = new Date(at);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
}
