// Whether somebody is at this computer. After a while without a hand on it, an agent who is online takes
// no new customers; the first touch brings them back. Chosen for this computer, not for the person.
import { ref } from 'vue';
import { t } from '../words';
import type { Desk } from './desk';
import { dismiss, done, failed } from './notices';

const CHOSEN = 'kefu.away';
/** Seen by every tab: a hand on one of them is a hand on all. */
const HAND = 'kefu.hand';
const LOOK_MS = 10_000;
const signs = ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const;

/** Minutes; 0: never. */
export const awayAfter = ref(Number(localStorage.getItem(CHOSEN)) || 0);

export function goAwayAfter(minutes: number): void {
  awayAfter.value = minutes;
  localStorage.setItem(CHOSEN, String(minutes));
}

/** Watches while the desk is open; answers how to stop. */
export function watchHands(desk: Desk): () => void {
  let notice: number | undefined;
  let told_at = 0;
  function touched(): void {
    const now = Date.now();
    if (now - told_at < LOOK_MS && notice === undefined) return;
    told_at = now;
    localStorage.setItem(HAND, String(now));
    look();
  }
  function look(): void {
    const idle_ms = Date.now() - Number(localStorage.getItem(HAND) ?? 0);
    const { state } = desk.presence.value;
    if (notice === undefined && awayAfter.value && state === 'online' && idle_ms >= awayAfter.value * 60_000) {
      notice = failed(new Error(t('me.away.auto', { n: awayAfter.value })));
      desk.ask({ op: 'state', state: 'busy' }).catch(failed);
    } else if (notice !== undefined && idle_ms < 2 * LOOK_MS) {
      dismiss(notice);
      notice = undefined;
      // Whoever chose another state meanwhile keeps it.
      if (state !== 'busy') return;
      desk.ask({ op: 'state', state: 'online' }).then(() => done(t('me.away.back')), failed);
    }
  }
  localStorage.setItem(HAND, String(Date.now()));
  const timer = setInterval(look, LOOK_MS);
  for (const sign of signs) window.addEventListener(sign, touched, { passive: true });
  return () => {
    clearInterval(timer);
    for (const sign of signs) window.removeEventListener(sign, touched);
  };
}
