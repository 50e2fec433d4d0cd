// What a platform counted for an account, gathered for the page: by day, and by who served. The
// numbers keep the platform's names. No component.

export interface Counted {
  entry_point_id: string;
  /** When the day began, by the platform's clock. */
  day: number;
  /** Who served; without one, the account as a whole. */
  userid?: string;
  servicer_userid?: string;
  numbers: Record<string, number>;
}
export interface Day {
  day: number;
  numbers: Record<string, number>;
}
export interface Member {
  userid: string;
  servicer_userid?: string;
  sessions: number;
  customers: number;
  /** 0 to 1; not told of whom nobody asked. */
  reply_rate?: number;
  first_reply_s?: number;
  cards: number;
  added: number;
}

const DAY_MS = 86_400_000;
const sum = (rows: readonly { numbers: Record<string, number> }[], name: string) => rows.reduce((n, row) => n + (row.numbers[name] ?? 0), 0);

/** The days of an account, oldest first; a day of which nothing was told had nothing. */
export function daysOf(rows: readonly Counted[], entry: string): Day[] {
  const by = new Map(rows.filter((r) => r.entry_point_id === entry && !r.userid).map((r) => [r.day, r.numbers]));
  const days = [...by.keys()];
  if (!days.length) return [];
  const first = Math.min(...days);
  const length = Math.round((Math.max(...days) - first) / DAY_MS) + 1;
  return Array.from({ length }, (_, n) => ({ day: first + n * DAY_MS, numbers: by.get(first + n * DAY_MS) ?? {} }));
}

export const total = (days: readonly Day[], name: string): number => sum(days, name);

/** Everyone who served in these days, the busiest first. Rates are of their sessions, not of their days. */
export function membersOf(rows: readonly Counted[], entry: string): Member[] {
  const by = new Map<string, Counted[]>();
  for (const row of rows) if (row.entry_point_id === entry && row.userid) by.set(row.userid, [...(by.get(row.userid) ?? []), row]);
  return [...by]
    .map(([userid, theirs]): Member => {
      const sessions = sum(theirs, 'session_cnt');
      const rated = theirs.filter((r) => r.numbers.reply_rate !== undefined);
      const replied = theirs.map((r) => ({ n: (r.numbers.session_cnt ?? 0) * (r.numbers.reply_rate ?? 0), s: r.numbers.first_reply_average_sec }));
      const answered = replied.reduce((n, r) => n + r.n, 0);
      const timed = replied.filter((r) => r.s !== undefined && r.n > 0);
      const weight = timed.reduce((n, r) => n + r.n, 0);
      return {
        userid,
        servicer_userid: theirs.find((r) => r.servicer_userid)?.servicer_userid,
        sessions,
        customers: sum(theirs, 'customer_cnt'),
        reply_rate: rated.length && sessions ? answered / sessions : undefined,
        first_reply_s: weight ? timed.reduce((n, r) => n + r.n * r.s!, 0) / weight : undefined,
        cards: sum(theirs, 'upgrade_service_member_invite_cnt') + sum(theirs, 'upgrade_service_groupchat_invite_cnt'),
        added: sum(theirs, 'upgrade_service_member_customer_cnt') + sum(theirs, 'upgrade_service_groupchat_customer_cnt'),
      };
    })
    .filter((m) => m.sessions || m.cards || m.added)
    .sort((a, b) => b.sessions - a.sessions || a.userid.localeCompare(b.userid));
}

export const percent = (part: number | undefined): string => (part === undefined ? '—' : `${(part * 100).toFixed(part === 1 || part === 0 ? 0 : 1)}%`);
