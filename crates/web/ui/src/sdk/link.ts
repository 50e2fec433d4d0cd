// One line to the gateway: a socket, or the long poll where sockets do not get through (`poll.ts`,
// fetched then). It keeps the line up by the close code table, beats, and hands frames over; it does
// not know what they say.
import type { Env, SocketLike } from './env.ts';
import { type Http, type Refusal, asRefusal, isStale } from './http.ts';
import type { Poll } from './poll.ts';
import { type ClientFrame, type CloseRule, type Position, type ServerFrame, type StopReason, backoff, closeRule } from './protocol.ts';

export type LinkState =
  | { status: 'idle' }
  | { status: 'connecting' }
  | { status: 'online'; via: 'socket' | 'poll' }
  | { status: 'waiting'; retryAt: number }
  | { status: 'stopped'; reason: StopReason };

export interface LinkHost {
  /** Sees to a token, asking for a new one if `again`; throws a `Refusal`. */
  token(again: boolean): Promise<string>;
  position(): Position | null;
  frame(frame: ServerFrame): void;
  state(state: LinkState): void;
}

/** From the first byte to `welcome`. */
const connectMs = 10_000;
/** From a ping to any frame. */
const pongMs = 10_000;
/** A line that held so long starts a new count of tries when it breaks. */
const steadyMs = 10_000;
/** Sockets that may fail in a row before the long poll is tried. */
const socketTries = 2;
/** After so long on the long poll a socket is tried again; doubles with each failure. */
const probeMs = 60_000;

/** Refusals after which trying again would be the same. */
const stops: Record<string, StopReason | undefined> = { identity_invalid: 'identity', forbidden: 'forbidden', blocked: 'forbidden', not_found: 'missing', bad_request: 'protocol' };

export class Link {
  private state: LinkState = { status: 'idle' };
  private socket: SocketLike | null = null;
  private poll: Poll | null = null;
  /** Grows with each connection, so that what an earlier one still says is not heard. */
  private life = 0;
  private attempt = 0;
  private failedSockets = 0;
  private probeAt = 0;
  private probeGap = probeMs;
  private askAgain = false;
  private welcomed = false;
  private plannedAt = 0;
  /** The gateway itself named the time until the next try. */
  private held = false;
  private heartbeatMs = 15_000;
  private sentAt = 0;
  private timers: Partial<Record<'retry' | 'connect' | 'beat' | 'dead' | 'steady' | 'planned', ReturnType<typeof setTimeout>>> = {};

  constructor(
    private readonly origin: string,
    private readonly http: Http,
    private readonly host: LinkHost,
    private readonly env: Env,
  ) {}

  get online(): boolean {
    return this.state.status === 'online';
  }

  start(): void {
    if (this.state.status === 'idle' || this.state.status === 'stopped') void this.connect();
  }

  /** Lets go of the line without a word to anybody. */
  stop(): void {
    this.drop();
    this.attempt = 0;
    this.set({ status: 'idle' });
  }

  /** The network may be back, or someone looks or speaks: do not wait any longer, unless the gateway asked for it. */
  nudge(force = false): void {
    if (this.state.status === 'waiting' && (force || !this.held)) {
      this.attempt = Math.min(this.attempt, 1);
      void this.connect();
    } else if (this.online && this.socket) this.ping(3_000);
  }

  /** The line is of no use as it is (no ack, a gap, another epoch): take a new one. */
  renew(): void {
    if (this.state.status !== 'online' && this.state.status !== 'connecting') return;
    this.drop();
    this.again({ act: 'at_once' });
  }

  /** True if the frame is on its way; what it makes is answered by `frame`. */
  send(frame: ClientFrame): boolean {
    if (!this.online) return false;
    if (this.socket) {
      this.sentAt = this.env.now();
      this.socket.send(JSON.stringify(frame));
      return true;
    }
    this.poll?.send(frame);
    return true;
  }

  private async connect(): Promise<void> {
    this.drop();
    const life = this.life;
    this.set({ status: 'connecting' });
    let token: string;
    try {
      token = await this.host.token(this.askAgain);
    } catch (error) {
      if (life === this.life) this.denied(asRefusal(error));
      return;
    }
    if (life !== this.life) return;
    this.askAgain = false;
    if (this.failedSockets >= socketTries && this.env.now() < this.probeAt) void this.pollOn(life);
    else this.openSocket(life, token);
  }

  private openSocket(life: number, token: string): void {
    let socket: SocketLike;
    try {
      socket = this.env.socket(`${this.origin.replace(/^http/, 'ws')}/v1/visitor/socket`);
    } catch {
      this.failedSocket();
      this.again({ act: 'retry' });
      return;
    }
    this.socket = socket;
    this.timer('connect', connectMs, () => this.lost(1006, ''));
    socket.addEventListener('open', () => {
      this.sentAt = this.env.now();
      socket.send(JSON.stringify({ op: 'hello', token, ...this.host.position() }));
    });
    socket.addEventListener('message', ({ data }) => {
      if (life !== this.life) return;
      const frame = parse(data);
      if (frame) this.heard(frame);
    });
    // What failed is told by the close that follows; where nobody listens, node ends the program.
    socket.addEventListener('error', () => {});
    socket.addEventListener('close', ({ code, reason }) => life === this.life && this.lost(code, reason));
  }

  private heard(frame: ServerFrame): void {
    clearTimeout(this.timers.dead);
    // Armed from here and not in a loop of timers: browsers slow such loops down in hidden tabs.
    this.timer('beat', Math.max(0, this.sentAt + this.heartbeatMs - this.env.now()), () => this.ping(pongMs));
    if (frame.op === 'welcome') {
      this.welcomed = true;
      this.failedSockets = 0;
      this.probeGap = probeMs;
      if (frame.heartbeat_ms) this.heartbeatMs = frame.heartbeat_ms;
      clearTimeout(this.timers.connect);
    } else if (frame.op === 'reconnect') {
      const after = Math.min(Math.max(frame.after_ms ?? 0, 0), 60_000);
      this.plannedAt = this.env.now() + after;
      this.timer('planned', after, () => this.renew());
      return;
    } else if (frame.op === 'error' && !frame.id && isStale(frame.code)) {
      this.lost(4401, '');
      return;
    }
    const life = this.life;
    this.host.frame(frame);
    if (frame.op === 'resumed' && life === this.life) this.up('socket');
  }

  private async pollOn(life: number): Promise<void> {
    const part = await import('./poll.ts').catch(() => null);
    if (life !== this.life) return;
    if (!part) return this.again({ act: 'retry' });
    this.poll = new part.Poll(this.http, {
      position: this.host.position,
      frame: this.host.frame,
      up: () => this.up('poll'),
      failed: (refusal) => {
        // Nothing gets through at all: that is not the socket's fault.
        if (refusal.code === 'network') this.failedSockets = 0;
        this.denied(refusal);
      },
      answered: () => {
        if (this.env.now() >= this.probeAt) this.renew();
      },
    });
  }

  private up(via: 'socket' | 'poll'): void {
    this.timer('steady', steadyMs, () => (this.attempt = 0));
    if (!this.online) this.set({ status: 'online', via });
  }

  private ping(waitMs: number): void {
    if (!this.socket) return;
    this.sentAt = this.env.now();
    this.socket.send('{"op":"ping"}');
    this.timer('dead', waitMs, () => this.lost(1006, ''));
  }

  private lost(code: number, reason: string): void {
    const known = this.welcomed;
    const rule = closeRule(code, reason);
    this.drop();
    if (!known && rule.act === 'retry') this.failedSocket();
    this.again(rule);
  }

  private failedSocket(): void {
    if (this.env.online?.() === false) return;
    this.failedSockets++;
    if (this.failedSockets < socketTries) return;
    this.probeAt = this.env.now() + this.probeGap;
    this.probeGap = Math.min(this.probeGap * 2, 16 * probeMs);
  }

  private denied(refusal: Refusal): void {
    this.drop();
    const { code, retryAfterMs: ms } = refusal;
    const reason = stops[code];
    if (reason) {
      this.again({ act: 'stop', reason });
      this.host.frame({ op: 'error', code });
    } else if (isStale(code)) this.again({ act: 'open_again' });
    else if (code !== 'aborted') this.again(ms === undefined ? { act: 'retry' } : { act: 'wait', ms });
  }

  private again(rule: CloseRule): void {
    if (rule.act === 'stop') {
      this.set({ status: 'stopped', reason: rule.reason });
      return;
    }
    this.held = rule.act === 'wait';
    const attempt = this.attempt++;
    let wait = backoff(attempt, this.env.random);
    if (rule.act === 'at_once' && attempt === 0) wait = 0;
    if (rule.act === 'open_again') {
      this.askAgain = true;
      if (attempt === 0) wait = 0;
    }
    if (rule.act === 'wait') wait = Math.round(rule.ms * (1 + this.env.random() * 0.2));
    wait = Math.max(wait, this.plannedAt - this.env.now());
    this.plannedAt = 0;
    this.set({ status: 'waiting', retryAt: this.env.now() + wait });
    this.timer('retry', wait, () => void this.connect());
  }

  /** Ends this connection's life: nothing of it is heard any more. */
  private drop(): void {
    this.life++;
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    this.timers = {};
    this.poll?.stop();
    this.poll = null;
    const { socket } = this;
    this.socket = null;
    this.welcomed = false;
    if (socket && socket.readyState <= 1) socket.close(1000);
  }

  private set(state: LinkState): void {
    this.state = state;
    this.host.state(state);
  }

  private timer(name: keyof Link['timers'], ms: number, then: () => void): void {
    clearTimeout(this.timers[name]);
    this.timers[name] = setTimeout(then, ms);
  }
}

function parse(data: unknown): ServerFrame | null {
  if (typeof data !== 'string') return null;
  try {
    const frame = JSON.parse(data) as ServerFrame | null;
    return frame && typeof frame.op === 'string' ? frame : null;
  } catch {
    return null;
  }
}
