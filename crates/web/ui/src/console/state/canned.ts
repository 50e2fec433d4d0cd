// Canned replies that this person may use, loaded once and again when they were changed.
import { shallowRef } from 'vue';
import { api } from '../net/api';

export interface CannedReply {
  id: string;
  title: string;
  text: string;
  shortcut?: string;
  scope: 'brand' | 'team' | 'me';
  team_id?: string | null;
}

export const canned = shallowRef<CannedReply[]>([]);
let asked: Promise<void> | null = null;

export function loadCanned(again = false): Promise<void> {
  if (again) asked = null;
  return (asked ??= api.all<CannedReply>('/canned-replies').then(
    (rows) => {
      canned.value = rows;
    },
    () => {
      // Not there now; the next use asks again.
      asked = null;
    },
  ));
}
