// One line to the gateway: a socket, or the long poll where sockets do not get through. It keeps
// the line up by the close code table, beats, and hands frames over; it does not know what they say.
import type { Env, SocketLike } from './env.ts';
import { type Http, Refusal } from './http.ts';
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
const pollWaitS = 25;

export class Link {
  private state: LinkState = { status: 'idle' };
  private socket: SocketLike | null = null;
  private poll: AbortController | null = null;
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
    const life = this.life;
    this.http.act(frame).then(
      (ack) => ack && life === this.life && this.host.frame(ack),
      (refusal: unknown) => life === this.life && this.refused(frame, asRefusal(refusal)),
    );
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
    } else if (frame.op === 'error' && !frame.id && (frame.code === 'token_invalid' || frame.code === 'unauthenticated')) {
      this.lost(4401, '');
      return;
    }
    const life = this.life;
    this.host.frame(frame);
    if (frame.op === 'resumed' && life === this.life) this.up('socket');
  }

  private async pollOn(life: number): Promise<void> {
    let first = true;
    while (life === this.life) {
      const stop = new AbortController();
      this.poll = stop;
      let answer;
      const asked = this.host.position();
      try {
        answer = await this.http.poll(asked, first ? 0 : pollWaitS, stop.signal);
      } catch (error) {
        if (life !== this.life) return;
        const refusal = asRefusal(error);
        // Nothing gets through at all: that is not the socket's fault.
        if (refusal.code === 'network') this.failedSockets = 0;
        this.denied(refusal);
        return;
      }
      if (life !== this.life) return;
      const { epoch, rev, session, agent_read_seq, messages } = answer;
      // An ack may have gone past the answer on its way: that is no sign of an older store.
      const known = this.host.position();
      const seq = known && known.epoch === epoch && asked && asked.seq <= answer.seq ? Math.max(answer.seq, known.seq) : answer.seq;
      if (answer.resync) this.host.frame({ op: 'resync', epoch });
      else {
        this.host.frame({ op: 'welcome', epoch, seq, rev, session, ...(agent_read_seq == null ? {} : { agent_read_seq }) });
        for (const message of messages) if (life === this.life) this.host.frame({ op: 'message', ...message });
        if (life === this.life) this.host.frame({ op: 'resumed' });
      }
      if (life !== this.life) return;
      if (first && !answer.resync) this.up('poll');
      first &&= !!answer.resync;
      if (this.env.now() >= this.probeAt) {
        this.again({ act: 'at_once' });
        return;
      }
    }
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
    switch (refusal.code) {
      case 'aborted':
        return;
      case 'identity_invalid':
        return this.again({ act: 'stop', reason: 'identity' });
      case 'forbidden':
      case 'blocked':
        return this.again({ act: 'stop', reason: 'forbidden' });
      case 'not_found':
        return this.again({ act: 'stop', reason: 'missing' });
      case 'bad_request':
        return this.again({ act: 'stop', reason: 'protocol' });
      case 'token_invalid':
      case 'unauthenticated':
        return this.again({ act: 'open_again' });
      default:
        return this.again(refusal.retryAfterMs === undefined ? { act: 'retry' } : { act: 'wait', ms: refusal.retryAfterMs });
    }
  }

  private refused(frame: ClientFrame, refusal: Refusal): void {
    if (refusal.code === 'token_invalid' || refusal.code === 'unauthenticated') return this.denied(refusal);
    const id = 'id' in frame ? { id: frame.id } : {};
    const retry = refusal.retryAfterMs === undefined ? {} : { retry_after_s: refusal.retryAfterMs / 1000 };
    // Without an answer nobody knows whether it was stored: the same id is sent again.
    const code = refusal.code === 'network' ? 'overloaded' : refusal.code;
    this.host.frame({ op: 'error', code, detail: refusal.message, ...id, ...retry });
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
    this.poll?.abort();
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

const asRefusal = (error: unknown) => (error instanceof Refusal ? error : new Refusal('network', 0, String(error)));
