// How much of a platform's limits is used. No component.

export interface ApiUse {
  /** As the platform names it. */
  api: string;
  minute_used: number;
  minute_limit: number;
  hour_used: number;
  hour_limit: number;
  /** Nobody calls before. */
  blocked_until?: number;
  /** What to do, in both languages. */
  advice?: string;
}

const part = (used: number, limit: number) => (limit > 0 ? used / limit : 0);

/** The nearer of the two limits: which one, and how much of it is used, 0 to 1. */
export function nearest(use: ApiUse): { of: 'minute' | 'hour'; used: number; limit: number; part: number } {
  const minute = part(use.minute_used, use.minute_limit);
  const hour = part(use.hour_used, use.hour_limit);
  return hour > minute ? { of: 'hour', used: use.hour_used, limit: use.hour_limit, part: hour } : { of: 'minute', used: use.minute_used, limit: use.minute_limit, part: minute };
}

/** Gamboge where advice begins, cinnabar where calls wait. */
export function moodOf(use: ApiUse, now: number): '' | 'soon' | 'late' {
  const { part: used } = nearest(use);
  return (use.blocked_until ?? 0) > now || used >= 0.95 ? 'late' : used > 0.7 || use.advice ? 'soon' : '';
}

/** The fullest first; what waits before everything. */
export const byNeed = (uses: readonly ApiUse[], now: number): ApiUse[] =>
  [...uses].sort((a, b) => Number((b.blocked_until ?? 0) > now) - Number((a.blocked_until ?? 0) > now) || nearest(b).part - nearest(a).part || a.api.localeCompare(b.api));
