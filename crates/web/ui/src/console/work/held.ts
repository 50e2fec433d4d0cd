// A list that holds still while a hand is on it: a pointer that moved a moment ago, or focus inside.
import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue';
import { steady, type Group } from '../state/grouping';

const HOLD_MS = 2500;

/** `wanted` is the true order, `anew` changes when the list is another one, `box` holds the focus. */
export function useHeld(wanted: Ref<Group[]>, anew: Ref<unknown>, box: Ref<HTMLElement | null>) {
  const held = ref(false);
  const shown = shallowRef<Group[]>([]);
  const moved = ref(false);
  let release: ReturnType<typeof setTimeout>;

  function arrange(): void {
    shown.value = wanted.value;
    moved.value = false;
  }
  function settle(): void {
    if (!held.value) return arrange();
    const next = steady(shown.value, wanted.value);
    shown.value = next.groups;
    moved.value = next.moved;
  }
  function letGo(): void {
    clearTimeout(release);
    if (!box.value?.querySelector(':focus-visible')) held.value = false;
  }
  function touch(): void {
    held.value = true;
    clearTimeout(release);
    release = setTimeout(letGo, HOLD_MS);
  }
  watch([wanted, held], settle, { immediate: true });
  watch(anew, () => {
    held.value = false;
    arrange();
  });
  onScopeDispose(() => clearTimeout(release));
  return { shown, moved, arrange, touch, letGo };
}
