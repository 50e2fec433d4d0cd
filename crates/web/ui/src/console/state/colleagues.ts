// Colleagues and teams, loaded once and looked at again after a while: who can be named, whose list it is.
import { shallowRef } from 'vue';
import { api } from '../net/api';
import { isPersonal } from './personal';

export interface Colleague {
  servicer_userid: string;
  name: string;
  title?: string;
}
export interface Team {
  id: string;
  name: string;
}

export const colleagues = shallowRef<readonly Colleague[]>([]);
export const teams = shallowRef<readonly Team[]>([]);
const FRESH_MS = 5 * 60_000;
let asked_at = 0;
isPersonal(() => {
  colleagues.value = [];
  teams.value = [];
  asked_at = 0;
});

export async function loadColleagues(): Promise<void> {
  if (Date.now() - asked_at < FRESH_MS) return;
  asked_at = Date.now();
  try {
    const [agents, groups] = await Promise.all([api.all<{ id?: string; servicer_userid?: string; name: string; title?: string; disabled?: boolean }>('/agents'), api.all<Team>('/teams')]);
    colleagues.value = agents.filter((a) => !a.disabled).map((a) => ({ servicer_userid: a.servicer_userid ?? a.id ?? '', name: a.name, title: a.title }));
    teams.value = groups;
  } catch {
    // Without them nobody can be named; the next look asks again.
    asked_at = 0;
  }
}
