// The server's time, ticking once a second. Deadlines come from the server; the screen only counts.
import { computed, ref } from 'vue';

const offset = ref(0);
const tick = ref(Date.now());
let timer: ReturnType<typeof setTimeout> | undefined;

/** Milliseconds by the server's clock, now. */
export const serverNow = () => Date.now() + offset.value;

/** The same, changing once a second at the full second, so that all timers turn together. */
export const now = computed(() => tick.value + offset.value);

/** This machine's own clock, turning at the same moments; for what was measured here (a lost connection). */
export const localNow = computed(() => tick.value);

/** Midnight that began today: what names days changes once a day, not every second. */
export const today = computed(() => new Date(now.value).setHours(0, 0, 0, 0));

export function setServerTime(at: number): void {
  offset.value = at - Date.now();
}

export function startClock(): void {
  if (timer !== undefined) return;
  const turn = () => {
    tick.value = Date.now();
    timer = setTimeout(turn, 1000 - (serverNow() % 1000) + 5);
  };
  turn();
}
