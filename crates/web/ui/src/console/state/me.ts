// Who is signed in.
import { computed, ref } from 'vue';
import { api, Problem } from '../net/api';
import type { Me } from '../net/protocol';
import { adoptPrefs } from './prefs';

export const me = ref<Me | null>(null);
export const isAdmin = computed(() => me.value?.role === 'administrator');
/** Supervisors see the wall and may assign; administrators may too. */
export const isSupervisor = computed(() => me.value?.role === 'administrator' || me.value?.role === 'supervisor');

/** Asks who is signed in; null if nobody is. Other failures are thrown. */
export async function loadMe(): Promise<Me | null> {
  try {
    return adopt(await api.get<Me>('/me'));
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}

export async function signIn(account: string, password: string, brand?: string): Promise<Me> {
  return adopt(await api.post<Me>('/login', { account, password, ...(brand ? { brand } : {}) }));
}

export async function changePassword(old: string, fresh: string): Promise<void> {
  await api.post('/me/password', { old, new: fresh });
  if (me.value) me.value = { ...me.value, must_change_password: false };
}

export async function signOut(): Promise<void> {
  await api.post('/logout').catch(() => undefined);
  me.value = null;
}

function adopt(answer: Me): Me {
  me.value = answer;
  adoptPrefs(answer.prefs);
  return answer;
}
