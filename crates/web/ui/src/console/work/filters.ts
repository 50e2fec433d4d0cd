// What a list can be restricted to, in words. No component.
import type { Filter, Restriction } from '../state/folders';
import { teams } from '../state/colleagues';
import { t, type Word } from '../words';

/** The values that are offered; teams are the brand's own. */
export const offered = {
  channel: ['wecom_kf', 'website', 'official_account', 'mini_program', 'channels_shop', 'app'],
  state: ['0', '2', '3', '4'],
  mark: ['vip', 'regular', 'new'],
  /** Raised at all, more than a VIP customer begins with, most of all. */
  priority: ['1', '4', '7'],
} as const;

export function nameOf(what: Restriction, value: string): string {
  switch (what) {
    case 'channel':
      return t(`channel.${value}` as Word);
    case 'state':
      return t(`list.state.${value}` as Word);
    case 'mark':
      return t(`mark.${value}.title` as Word);
    case 'priority':
      return t('list.filter.priority', { n: value });
    case 'team_id':
      return teams.value.find((team) => team.id === value)?.name ?? t('list.filter.team');
  }
}

/** The names of all that a filter restricts. */
export const namesOf = (filter: Filter): string[] => (['channel', 'state', 'mark', 'priority', 'team_id'] as const).filter((what) => filter[what]).map((what) => nameOf(what, filter[what]));
