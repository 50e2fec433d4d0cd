// A box that opens beside a button: placed within the window, closed by Esc, by a press elsewhere and
// by leaving it. Focus goes in when it opens and back when it was closed by a key.
import { nextTick, onScopeDispose, ref, useId, watch, type Ref } from 'vue';

export interface Placing {
  side: 'top' | 'bottom' | 'right';
  align: 'start' | 'end';
}

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const EDGE = 8;

/** Where a box of `width` × `height` stands beside `anchor`, wholly within the window if it fits. */
export function placed(anchor: Box, width: number, height: number, view: { width: number; height: number }, { side, align }: Placing): { left: number; top: number } {
  const clamp = (n: number, most: number) => Math.max(EDGE, Math.min(n, most - EDGE));
  if (side === 'right') {
    const top = align === 'end' ? anchor.bottom - height : anchor.top;
    return { left: clamp(anchor.right + EDGE, view.width - width), top: clamp(top, view.height - height) };
  }
  const below = anchor.bottom + 4;
  const above = anchor.top - 4 - height;
  const fits = (top: number) => top >= EDGE && top + height <= view.height - EDGE;
  const [first, second] = side === 'top' ? [above, below] : [below, above];
  const top = fits(first) || !fits(second) ? first : second;
  return { left: clamp(align === 'end' ? anchor.right - width : anchor.left, view.width - width), top: clamp(top, view.height - height) };
}

export function useFloat(trigger: Ref<HTMLElement | null>, box: Ref<HTMLElement | null>, placing: () => Placing) {
  const open = ref(false);
  const id = useId();

  function place(): void {
    if (!trigger.value || !box.value) return;
    const { left, top } = placed(trigger.value.getBoundingClientRect(), box.value.offsetWidth, box.value.offsetHeight, { width: window.innerWidth, height: window.innerHeight }, placing());
    Object.assign(box.value.style, { left: `${left}px`, top: `${top}px` });
  }
  function elsewhere(event: PointerEvent): void {
    const at = event.target as Node;
    if (!box.value?.contains(at) && !trigger.value?.contains(at)) open.value = false;
  }
  function listen(on: boolean): void {
    const turn = on ? 'addEventListener' : 'removeEventListener';
    document[turn]('pointerdown', elsewhere as EventListener, true);
    window[turn]('resize', place);
    window[turn]('scroll', place, true);
  }
  function close(back = true): void {
    open.value = false;
    if (back) trigger.value?.focus();
  }

  watch(open, async (now) => {
    listen(now);
    if (!now) return;
    await nextTick();
    place();
    const first = box.value?.querySelector<HTMLElement>('[data-first], button:not(:disabled)');
    (first ?? box.value)?.focus({ preventScroll: true });
  });
  onScopeDispose(() => listen(false));
  return { open, id, close };
}

/** The element that an arrow, Home or End leads to, going round at the ends; null for other keys. */
export function stepTo<T>(items: readonly T[], at: number, key: string): T | null {
  const n = items.length;
  if (!n) return null;
  if (key === 'ArrowDown' || key === 'ArrowRight') return items[(at + 1) % n]!;
  if (key === 'ArrowUp' || key === 'ArrowLeft') return items[(at + n - (at < 0 ? 0 : 1)) % n]!;
  if (key === 'Home') return items[0]!;
  if (key === 'End') return items[n - 1]!;
  return null;
}
