// Canned replies that this person may use: looked at again after a while, and at once when they were changed here.
import { shallowRef } from 'vue';
import { api } from '../net/api';
import { isPersonal } from './personal';

export interface CannedReply {
  id: string;
  title: string;
  text: string;
  shortcut?: string;
  scope: 'brand' | 'team' | 'me';
  team_id?: string | null;
}

export const canned = shallowRef<CannedReply[]>([]);
const FRESH_MS = 5 * 60_000;
let asked: Promise<void> | null = null;
let asked_at = 0;
isPersonal(() => {
  canned.value = [];
  asked = null;
});

export function loadCanned(again = false): Promise<void> {
  if (again || Date.now() - asked_at > FRESH_MS) asked = null;
  if (!asked) asked_at = Date.now();
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
