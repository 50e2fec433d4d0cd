// Undo send: a reply is held back for a few seconds, in which it can be taken back. Whoever leaves the
// thread or the page meanwhile has sent it.
import { computed, onScopeDispose, ref, shallowRef } from 'vue';
import { localNow } from '../state/clock';

export function useUndo<T>(send: (what: T) => void) {
  const held = shallowRef<T | null>(null);
  const until = ref(0);
  let timer: ReturnType<typeof setTimeout>;

  function flush(): void {
    clearTimeout(timer);
    const what = held.value;
    held.value = null;
    if (what !== null) send(what);
  }
  function hold(what: T, seconds: number): void {
    flush();
    if (!seconds) return send(what);
    held.value = what;
    until.value = Date.now() + seconds * 1000;
    timer = setTimeout(flush, seconds * 1000);
  }
  /** What was held back, which now does not go out. */
  function back(): T | null {
    clearTimeout(timer);
    const what = held.value;
    held.value = null;
    return what;
  }
  window.addEventListener('pagehide', flush);
  onScopeDispose(() => {
    window.removeEventListener('pagehide', flush);
    flush();
  });
  return { held, hold, back, flush, left: computed(() => Math.max(1, Math.ceil((until.value - localNow.value) / 1000))) };
}
