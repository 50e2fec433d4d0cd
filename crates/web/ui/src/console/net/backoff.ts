// When to connect again after a close: the table of PROTOCOL.md §5, in one place.

export type Retry =
  | { kind: 'again'; after_ms: number }
  /** Connecting again would not help; `why` is a key of the words to show. */
  | { kind: 'stop'; why: 'client' | 'elsewhere' | 'signed_out' | 'forbidden' };

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** Milliseconds before attempt number `failures` (1 is the first repeat): doubling to 30 s, ± 50 %. */
export function backoff(failures: number, random: () => number = Math.random): number {
  const middle = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
  return Math.round(middle * (0.5 + random()));
}

/** What a close with `code` and `reason` asks for. */
export function afterClose(code: number, reason: string, failures: number, random: () => number = Math.random): Retry {
  const again = (after_ms: number): Retry => ({ kind: 'again', after_ms });
  switch (code) {
    case 1002:
    case 1003:
    case 1007:
    case 1009:
    case 4400:
      return { kind: 'stop', why: 'client' };
    case 1008:
      return again(30_000 + random() * 5_000);
    case 1013: {
      const seconds = Number.parseFloat(reason.replace(/[^\d.]/g, ''));
      return Number.isFinite(seconds) ? again(seconds * 1000 * (1 + random() / 2)) : again(backoff(failures, random));
    }
    case 4008:
      return again(random() * 200);
    case 4029:
      return { kind: 'stop', why: 'elsewhere' };
    case 4401:
      return { kind: 'stop', why: 'signed_out' };
    case 4403:
      return { kind: 'stop', why: 'forbidden' };
    default:
      return again(backoff(failures, random));
  }
}
