// Everything of a device that the client uses beside timers, as one value: a browser has it all, an
// app or a test hands in what it has instead.
import type { StorageLike } from './storage.ts';

/** The part of `WebSocket` that is used. */
export interface SocketLike {
  readyState: number;
  addEventListener(event: 'open' | 'error', heard: () => void): void;
  addEventListener(event: 'message', heard: (event: { data: unknown }) => void): void;
  addEventListener(event: 'close', heard: (event: { code: number; reason: string }) => void): void;
  send(data: string): void;
  close(code?: number): void;
}
export interface Env {
  fetch: typeof globalThis.fetch;
  socket: (url: string) => SocketLike;
  /** Where visit and outbox are kept; null, or one that throws: for the life of this client only. */
  storage: () => StorageLike | null;
  /** Milliseconds since 1970 by this device; only differences and ages are made of it. */
  now: () => number;
  /** False if the device knows that it has no network: then no way of connecting is to blame. */
  online?: () => boolean | undefined;
  random: () => number;
}

/** What a browser has; elsewhere, as far as it is there. */
export const defaultEnv = (): Env => ({
  fetch: (...call) => globalThis.fetch(...call),
  socket: (url) => new WebSocket(url),
  storage: () => globalThis.localStorage ?? null,
  now: () => Date.now(),
  online: () => globalThis.navigator?.onLine,
  random: () => Math.random(),
});

/** 20 characters that no other message of this visitor bears. */
export function freshId(env: Env): string {
  let id = Math.max(0, Math.floor(env.now())).toString(36).padStart(9, '0');
  const bytes = globalThis.crypto?.getRandomValues?.(new Uint8Array(11));
  for (let at = 0; at < 11; at++) id += ((bytes?.[at] ?? Math.floor(env.random() * 256)) % 36).toString(36);
  return id;
}
