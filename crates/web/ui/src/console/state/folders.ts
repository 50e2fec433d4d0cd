// What a list shows: its tab, what it is restricted to, its order; and lists kept under a name.
import type { Conversation } from '../net/protocol';
import type { Sort } from './grouping';

export type Tab = 'mine' | 'waiting' | 'colleagues' | 'all';

/** What a list shows and in which order; what is empty restricts nothing. */
export interface Filter {
  channel: string;
  state: string;
  team_id: string;
  mark: string;
  /** Open sessions of this priority at least. */
  priority: string;
  sort: Sort;
}
export const everything: Filter = { channel: '', state: '', team_id: '', mark: '', priority: '', sort: 'due' };
/** What a filter restricts. */
const restrictions = ['channel', 'state', 'team_id', 'mark', 'priority'] as const;
export type Restriction = (typeof restrictions)[number];
export const isRestricted = (f: Filter) => restrictions.some((what) => f[what] !== '');

/** Whether a conversation fits a filter; the state only where the list has several. */
export function fits(c: Conversation, f: Filter, tab: Tab): boolean {
  return (
    (!f.channel || c.entry.channel === f.channel) &&
    (!f.team_id || c.session?.team_id === f.team_id) &&
    (!f.mark || c.customer.mark === f.mark) &&
    (!f.priority || (c.session && c.session.service_state !== 4 ? c.session.priority : 0) >= Number(f.priority)) &&
    (!f.state || tab === 'mine' || String(c.session?.service_state ?? 4) === f.state)
  );
}

/** A list kept under a name. */
export interface Folder extends Filter {
  name: string;
  view: Tab;
}

/** As many as the gateway keeps. */
export const MOST_FOLDERS = 20;

/** Whether a folder is what the list shows now. */
export const isShown = (f: Folder, tab: Tab, now: Filter) =>
  f.view === tab && f.sort === now.sort && restrictions.every((what) => f[what] === now[what]);
