// The stick of incense: what is left of a promise, and how it looks.

export interface Stick {
  /** `calm` in ink, `soon` under a quarter, `late` once it is over. */
  mood: 'calm' | 'soon' | 'late';
  /** Milliseconds shown: what is left, or, when late, what it is over by. */
  ms: number;
  /** Length of the stick, 0–100. */
  left: number;
}

/** The stick for a promise that ends at `due_at` and is `target_ms` long. */
export function stick(now: number, due_at: number, target_ms: number): Stick {
  const left_ms = due_at - now;
  // The moment itself still keeps the promise; a whole second past it does not.
  if (left_ms <= -1000) return { mood: 'late', ms: -left_ms, left: 0 };
  const part = target_ms > 0 ? Math.min(1, Math.max(0, left_ms / target_ms)) : 0;
  return { mood: part < 0.25 ? 'soon' : 'calm', ms: Math.max(0, left_ms), left: Math.round(part * 100) };
}

/** The wall's stick: the number is the time waited, the length is what is left of the promise. */
export function waited(now: number, since_at: number, promise_ms: number): Stick {
  const ms = Math.max(0, now - since_at);
  const burning = stick(now, since_at + promise_ms, promise_ms);
  return { ...burning, ms };
}

export interface Pips {
  on: number;
  ask: number;
  off: number;
}

/** Places taken, invited and free, never more than `most` drawn. */
export function pips(load: number, offers: number, limit: number, most = 12): Pips {
  const on = Math.min(load, most);
  const ask = Math.min(offers, most - on);
  return { on, ask, off: Math.max(0, Math.min(limit, most) - on - ask) };
}
