// One line to the gateway: a socket, or the long poll where sockets do not get through (`poll.ts`,
// fetched then). It keeps the line up by the close code table, beats, and hands frames over; it does
// not know what they say.
import type { Env, SocketLike, Timer } from './env.ts';
import { type Http, type Refusal, asRefusal, isStale } from './http.ts';
import type { Poll } from './poll.ts';
import { type ClientFrame, type CloseRule, type Position, type ServerFrame, type StopReason, backoff, closeRule } from './protocol.ts';

export type LinkState =
  | { status: 'idle' }
  | { status: 'connecting' }
  | { status: 'online'; via: 'socket' | 'poll' }
  | { status: 'waiting'; retryAt: number }
  | { status: 'stopped'; reason: StopReason };

/** @internal */
export interface LinkHost {
  /** Sees to a token, asking for a new one if `again`; throws a `Refusal`. */
  token(again: boolean): Promise<string>;
  position(): Position | null;
  frame(frame: ServerFrame): void;
  state(state: LinkState): void;
}

/** @internal */
export interface Link {
  start(): void;
  /** Lets go of the line without a word to anybody. */
  stop(): void;
  /** The network may be back, or someone looks or speaks: do not wait any longer, unless the gateway asked for it or it is forced. */
  nudge(force?: boolean): void;
  /** The line is of no use as it is (no ack, a gap, another epoch): take a new one. */
  renew(): void;
  /** True if the frame is on its way; what it makes is answered by `frame`. */
  send(frame: ClientFrame): boolean;
}

/** From the first byte to `welcome`. */
const connectMs = 10_000;
/** From a ping to any frame. */
const pongMs = 10_000;
/** A line that held so long starts a new count of tries when it breaks. */
const steadyMs = 10_000;
/** Sockets that may fail in a row before the long poll is tried. */
const socketTries = 2;
/** After so long on the long poll a socket is tried again; doubles with each failure, four times. */
const probeMs = 60_000;

/** Refusals after which trying again would be the same. */
const stops: Record<string, StopReason | undefined> = { identity_invalid: 'identity', forbidden: 'forbidden', blocked: 'forbidden', not_found: 'missing', bad_request: 'protocol' };

export function makeLink(origin: string, http: Http, host: LinkHost, env: Env): Link {
  let state: LinkState = { status: 'idle' };
  let socket: SocketLike | null = null;
  let poll: Poll | null = null;
  /** Grows with each connection, so that what an earlier one still says is not heard. */
  let life = 0;
  let attempt = 0;
  let failedSockets = 0;
  let probeAt = 0;
  let askAgain = false;
  let welcomed = false;
  let plannedAt = 0;
  /** The gateway itself named the time until the next try. */
  let held = false;
  let heartbeatMs = 15_000;
  let sentAt = 0;
  const timers: Record<string, Timer> = {};

  const is = (status: LinkState['status']) => state.status === status;
  const set = (next: LinkState) => host.state((state = next));
  const timer = (name: string, ms: number, then: () => void) => {
    clearTimeout(timers[name]);
    timers[name] = setTimeout(then, ms);
  };

  /** Ends this connection's life: nothing of it is heard any more. */
  const drop = () => {
    life++;
    for (const name in timers) clearTimeout(timers[name]);
    poll?.stop();
    const last = socket;
    socket = poll = null;
    welcomed = false;
    if (last && last.readyState <= 1) last.close(1000);
  };

  const again = ({ stop, wait, now, open }: CloseRule) => {
    if (stop) return set({ status: 'stopped', reason: stop });
    held = wait !== undefined;
    askAgain ||= !!open;
    let ms = now && !attempt ? 0 : backoff(attempt, env.random);
    attempt++;
    if (wait) ms = Math.round(wait * (1 + env.random() * 0.2));
    ms = Math.max(ms, plannedAt - env.now());
    plannedAt = 0;
    set({ status: 'waiting', retryAt: env.now() + ms });
    timer('retry', ms, connect);
  };

  const renew = () => {
    if (!is('online') && !is('connecting')) return;
    drop();
    again({ now: true });
  };

  const failedSocket = () => {
    if (env.online?.() === false || ++failedSockets < socketTries) return;
    probeAt = env.now() + probeMs * 2 ** Math.min(failedSockets - socketTries, 4);
  };

  const denied = (refusal: Refusal) => {
    drop();
    const { code, retryAfterMs: wait } = refusal;
    const stop = stops[code];
    const open = isStale(code);
    if (code !== 'aborted') again(open ? { open, now: true } : { stop, wait });
    if (stop) host.frame({ op: 'error', code });
  };

  const lost = (code: number, reason = '') => {
    const known = welcomed;
    const rule = closeRule(code, reason);
    drop();
    if (!known && !rule.stop && !rule.now && rule.wait === undefined) failedSocket();
    again(rule);
  };

  const up = (via: 'socket' | 'poll') => {
    timer('steady', steadyMs, () => (attempt = 0));
    if (!is('online')) set({ status: 'online', via });
  };

  const say = (frame: object) => {
    sentAt = env.now();
    socket?.send(JSON.stringify(frame));
  };

  const ping = (waitMs: number) => {
    say({ op: 'ping' });
    timer('dead', waitMs, () => lost(1006));
  };

  const heard = (frame: ServerFrame) => {
    clearTimeout(timers.dead);
    // Armed from here and not in a loop of timers: browsers slow such loops down in hidden tabs.
    timer('beat', Math.max(0, sentAt + heartbeatMs - env.now()), () => ping(pongMs));
    if (frame.op === 'welcome') {
      welcomed = true;
      failedSockets = 0;
      heartbeatMs = frame.heartbeat_ms || heartbeatMs;
      clearTimeout(timers.connect);
    } else if (frame.op === 'reconnect') {
      const after = Math.min(Math.max(frame.after_ms ?? 0, 0), 60_000);
      plannedAt = env.now() + after;
      return timer('planned', after, renew);
    } else if (frame.op === 'error' && !frame.id && isStale(frame.code)) return lost(4401);
    const now = life;
    host.frame(frame);
    if (frame.op === 'resumed' && now === life) up('socket');
  };

  const openSocket = (token: string) => {
    const now = life;
    try {
      socket = env.socket(`${origin.replace(/^http/, 'ws')}/v1/visitor/socket`);
    } catch {
      failedSocket();
      return again({});
    }
    timer('connect', connectMs, () => lost(1006));
    socket.addEventListener('open', () => now === life && say({ op: 'hello', token, ...host.position() }));
    socket.addEventListener('message', ({ data }) => {
      const frame = now === life && parse(data);
      if (frame) heard(frame);
    });
    // What failed is told by the close that follows; where nobody listens, node ends the program.
    socket.addEventListener('error', () => {});
    socket.addEventListener('close', ({ code, reason }) => now === life && lost(code, reason));
  };

  const pollOn = async () => {
    const now = life;
    const part = await import('./poll.ts').catch(() => null);
    if (now !== life) return;
    if (!part) return again({});
    poll = new part.Poll(http, {
      position: host.position,
      frame: host.frame,
      up: () => up('poll'),
      failed(refusal) {
        // Nothing gets through at all: that is not the socket's fault.
        if (refusal.code === 'network') failedSockets = 0;
        denied(refusal);
      },
      answered: () => env.now() >= probeAt && renew(),
    });
  };

  const connect = async () => {
    drop();
    const now = life;
    set({ status: 'connecting' });
    try {
      const token = await host.token(askAgain);
      if (now !== life) return;
      askAgain = false;
      if (failedSockets >= socketTries && env.now() < probeAt) void pollOn();
      else openSocket(token);
    } catch (error) {
      if (now === life) denied(asRefusal(error));
    }
  };

  return {
    renew,
    start() {
      if (is('idle') || is('stopped')) void connect();
    },
    stop() {
      drop();
      attempt = 0;
      set({ status: 'idle' });
    },
    nudge(force) {
      if (is('waiting') && (force || !held)) {
        attempt = Math.min(attempt, 1);
        void connect();
      } else if (is('online') && socket) ping(3_000);
    },
    send(frame) {
      if (!is('online')) return false;
      if (poll) poll.send(frame);
      else say(frame);
      return true;
    },
  };
}

function parse(data: unknown): ServerFrame | null {
  try {
    const frame = JSON.parse(data as string) as ServerFrame | null;
    return frame && typeof frame.op === 'string' ? frame : null;
  } catch {
    return null;
  }
}
