// The desk of whoever is signed in. Made after signing in, ended by signing out.
import { shallowRef } from 'vue';
import { forgetOutbox } from '../net/outbox';
import { Desk, type Happening } from './desk';
import { closeDrafts, forgetDrafts, openDrafts } from './drafts';
import { me as person } from './me';
import { dropPersonal } from './personal';

export const current = shallowRef<Desk | null>(null);

/** The desk; pages that use it are shown only to people who are signed in. */
export function useDesk(): Desk {
  if (!current.value) throw new Error('no one is signed in');
  return current.value;
}

export function openDesk(me: string, happened: (desk: Desk, what: Happening) => void, signedOut: () => void): Desk {
  const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/v1/agent/socket`;
  const desk: Desk = new Desk(me, {
    openSocket: () => new WebSocket(url),
    storage: sessionStorage,
    happened: (what) => happened(desk, what),
    signedOut,
    renamed: (news) => {
      if (person.value) person.value = { ...person.value, ...news };
    },
  });
  openDrafts(me);
  current.value = desk;
  desk.start();
  return desk;
}

/** What was written and not sent stays for when the same person signs in again. */
export function closeDesk(): void {
  current.value?.stop();
  current.value = null;
  closeDrafts();
  dropPersonal();
}

/** Signing out: nothing private stays in this browser. */
export function forgetDesk(): void {
  if (current.value) forgetOutbox(sessionStorage, current.value.me);
  forgetDrafts();
  closeDesk();
}
