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
  sort: Sort;
}
export const everything: Filter = { channel: '', state: '', team_id: '', mark: '', sort: 'due' };
export const isRestricted = (f: Filter) => f.channel !== '' || f.state !== '' || f.team_id !== '' || f.mark !== '';

/** Whether a conversation fits a filter; the state only where the list has several. */
export function fits(c: Conversation, f: Filter, tab: Tab): boolean {
  return (
    (!f.channel || c.entry.channel === f.channel) &&
    (!f.team_id || c.session?.team_id === f.team_id) &&
    (!f.mark || c.customer.mark === f.mark) &&
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
  f.view === tab && f.channel === now.channel && f.state === now.state && f.team_id === now.team_id && f.mark === now.mark && f.sort === now.sort;
