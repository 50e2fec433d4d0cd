// Until when a session can be put off, in words that a person thinks in.
import type { Word } from '../words';

export interface Until {
  key: string;
  label: Word;
  at: number;
}

const HOUR = 3_600_000;

function at(day: Date, plus: number, hour: number): number {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + plus, hour).getTime();
}

/** The choices at `now`, soonest first; what is over, or nearly, is left out. */
export function untils(now: number): Until[] {
  const day = new Date(now);
  const toMonday = (8 - day.getDay()) % 7 || 7;
  const all: Until[] = [
    { key: 'half', label: 'snooze.half', at: now + HOUR / 2 },
    { key: 'hours', label: 'snooze.hours', at: now + 2 * HOUR },
    { key: 'evening', label: 'snooze.evening', at: at(day, 0, 18) },
    { key: 'tomorrow', label: 'snooze.tomorrow', at: at(day, 1, 9) },
    { key: 'monday', label: 'snooze.monday', at: at(day, toMonday, 9) },
  ];
  const dayAfter = all[3]!.at;
  return all
    .filter((u) => u.key !== 'evening' || u.at - now > 2 * HOUR + 600_000)
    // On a Sunday, tomorrow is Monday.
    .filter((u) => u.key !== 'monday' || u.at !== dayAfter)
    .sort((a, b) => a.at - b.at);
}

/** What a field for date and time takes, in local time. */
export function fieldOf(at: number): string {
  const d = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return d.toISOString().slice(0, 16);
}
