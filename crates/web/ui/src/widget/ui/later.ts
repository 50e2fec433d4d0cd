// Parts of the app that the first sight does not need.
import { useEffect, useState } from 'preact/hooks';

type Cards = typeof import('./cards.tsx');

let cards: Cards | null = null;
let coming: Promise<Cards> | null = null;

/** Fetches the cards; a failure is forgotten, so that the next call tries again. */
export function fetchCards(): Promise<Cards> {
  coming ??= import('./cards.tsx').then(
    (module) => (cards = module),
    (error: unknown) => {
      coming = null;
      throw error;
    },
  );
  return coming;
}

/** The cards, or null until they are here. */
export function useCards(): Cards | null {
  const [here, set] = useState(cards);
  const [turn, next] = useState(0);
  useEffect(() => {
    if (here) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let alive = true;
    fetchCards().then(
      (module) => alive && set(module),
      () => alive && (timer = setTimeout(() => next(turn + 1), 5_000)),
    );
    return () => {
      alive = false;
      clearTimeout(timer);
    };
  }, [here, turn]);
  return here;
}
