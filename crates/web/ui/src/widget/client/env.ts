// Everything of a browser that the client uses beside timers, as one value, so that a test can
// hand in its own network, storage and tabs.
import type { StorageLike } from './storage.ts';

/** The part of `WebSocket` that is used. */
export interface SocketLike {
  readyState: number;
  addEventListener(event: 'open', heard: () => void): void;
  addEventListener(event: 'message', heard: (event: { data: unknown }) => void): void;
  addEventListener(event: 'close', heard: (event: { code: number; reason: string }) => void): void;
  send(data: string): void;
  close(code?: number): void;
}
/** The part of `BroadcastChannel` that is used. */
export interface ChannelLike {
  addEventListener(event: 'message', heard: (event: { data: unknown }) => void): void;
  postMessage(data: unknown): void;
  close(): void;
}
/** The part of `LockManager` that is used. */
export interface LocksLike {
  request(name: string, options: { signal?: AbortSignal; steal?: boolean }, held: () => Promise<void>): Promise<void>;
}

export interface Env {
  fetch: typeof globalThis.fetch;
  socket: (url: string) => SocketLike;
  channel: ((name: string) => ChannelLike) | null;
  locks: LocksLike | null;
  storage: () => StorageLike | null;
  /** Milliseconds since 1970 by this device; only differences and ages are made of it. */
  now: () => number;
  /** False if the device knows that it has no network: then no way of connecting is to blame. */
  online?: () => boolean;
  random: () => number;
}

export function browserEnv(): Env {
  return {
    fetch: (...call) => globalThis.fetch(...call),
    socket: (url) => new WebSocket(url),
    channel: typeof BroadcastChannel === 'function' ? (name) => new BroadcastChannel(name) : null,
    // Web Locks are there in secure contexts only; without them every tab is its own leader.
    locks: (globalThis.navigator?.locks as unknown as LocksLike) ?? null,
    storage: () => globalThis.localStorage,
    now: () => Date.now(),
    online: () => globalThis.navigator.onLine,
    random: () => Math.random(),
  };
}

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz';

/** 20 characters that no other message of this visitor bears. */
export function freshId(env: Env): string {
  let id = Math.max(0, Math.floor(env.now())).toString(36).padStart(9, '0');
  const bytes = globalThis.crypto?.getRandomValues?.(new Uint8Array(11));
  for (let at = 0; at < 11; at++) id += alphabet[(bytes?.[at] ?? Math.floor(env.random() * 256)) % 36];
  return id;
}
