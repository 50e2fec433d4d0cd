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

/** What a timer is called, here and in node. */
export type Timer = ReturnType<typeof setTimeout> | undefined;

/** 20 characters that no other message of this visitor bears. */
export const freshId = (env: Env) => Math.floor(env.now()).toString(36).padStart(9, '0') + Math.random().toString(36).slice(2, 13).padEnd(11, '0');
