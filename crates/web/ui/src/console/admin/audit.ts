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
  from: number;
  accepted_at: number | null;
  until: number | null;
  /** Why it ended. */
  reason: string | null;
  /** Why it was theirs: a rule of routing, or by hand. */
  why: string;
  /** Where the customer was asked for. */
  conversation_id?: string;
  customer_name?: string;
}

export function howOf(a: Assignment): string {
  if (a.offered) return t(a.accepted_at ? 'log.accepted' : a.until ? 'log.not_accepted' : 'log.offered');
  return tCode('log.why', a.why);
}

/** The day of a moment, here, as a date field holds it. */
export function dayAsked(at: number): string {
  const d = new Date(at);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
}
