// The one socket of a tab. It knows frames with ids, heartbeats and when to connect again; what the
// frames mean is for those who listen.
import type { Ack, ErrorFrame, Frame, Welcome } from './protocol';
import { afterClose, type Retry } from './backoff';
import { clientId } from './ids';

export type Link =
  | { state: 'connecting'; since_at: number }
  | { state: 'online' }
  | { state: 'offline'; since_at: number; retry_at: number }
  | { state: 'stopped'; why: (Retry & { kind: 'stop' })['why'] };

/** The gateway refused a frame; `code` is one of PROTOCOL.md §6. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    readonly detail: string,
    readonly retry_after_s?: number,
  ) {
    super(`${code}: ${detail}`);
    this.name = 'Refused';
  }
}

/** No line in time, or it closed before an answer came: then it may have been done or not. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

export interface SocketParts {
  /** Opens a socket; a test gives a scripted one. */
  open: () => WebSocket;
  /** Resume position for `hello`. */
  cursors: () => { epoch?: string; cursors?: Record<string, { seq: number; rev: number }> };
  frame: (frame: Frame) => void;
  link: (link: Link) => void;
  tab: string;
  now?: () => number;
  random?: () => number;
}

interface Waiting {
  resolve: (ack: Ack) => void;
  reject: (error: Error) => void;
}

/** Asked while there was no line. */
interface Held {
  text: string;
  id: string;
  waiting: Waiting;
  timer: ReturnType<typeof setTimeout>;
}

/** What is asked without a line waits so long for one; then it is unanswered. */
const PATIENCE_MS = 8_000;
/** So much waits for a line; what is asked beyond it is unanswered at once. */
const HELD = 32;

/** Heartbeats without a word, after which a connection is given up. */
const SILENT = 3;

/** So soon a line answers that is asked whether it is still there. */
const NUDGED_MS = 3_000;

/** Frames that a new connection must hear again, by kind. */
type Standing = 'viewing' | 'wall';

export class AgentSocket {
  #parts: SocketParts;
  #now: () => number;
  #socket: WebSocket | null = null;
  #waiting = new Map<string, Waiting>();
  #standing = new Map<Standing, object>();
  #held: Held[] = [];
  /** Closed for good, until a person asks again. */
  #stopped = false;
  #failures = 0;
  #ready = false;
  #heartbeat_ms = 15_000;
  #heard_at = 0;
  #sent_at = 0;
  #pulse: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #offline_since: number | null = null;
  #asked_wait: number | null = null;

  constructor(parts: SocketParts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
  }

  /** Whether frames can be sent now: the gateway has welcomed this connection. */
  get ready(): boolean {
    return this.#ready;
  }

  start(): void {
    if (this.#socket) return;
    clearTimeout(this.#retry);
    this.#stopped = false;
    this.#parts.link({ state: 'connecting', since_at: (this.#offline_since ??= this.#now()) });
    const socket = this.#parts.open();
    this.#socket = socket;
    socket.onopen = () => {
      this.#send({ op: 'hello', tab: this.#parts.tab, ...this.#parts.cursors() });
    };
    socket.onmessage = (event) => {
      if (this.#socket === socket) this.#hear(String(event.data));
    };
    socket.onclose = (event) => {
      if (this.#socket === socket) this.#closed(event.code, event.reason);
    };
    this.#heard_at = this.#now();
    this.#after(this.#heartbeat_ms * SILENT, () => this.#silent());
  }

  /** Closes for good: signing out, leaving the page. */
  stop(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#pulse);
    const socket = this.#socket;
    this.#socket = null;
    this.#ready = false;
    this.#stopped = true;
    socket?.close(1000);
    this.#drop();
    this.#release();
  }

  /** Connects at once instead of waiting out the backoff (a button, the network came back). */
  retryNow(): void {
    if (this.#socket) return;
    this.start();
  }

  /** Someone looks again, or the network is back: no waiting for the next try, no trust in a line that was silent. */
  nudge(): void {
    if (this.#stopped) return;
    if (!this.#socket) this.start();
    else if (this.#ready && this.#now() - this.#heard_at > this.#heartbeat_ms) {
      this.#send({ op: 'ping' });
      this.#after(NUDGED_MS, () => this.#silent());
    }
  }

  /**
   * Sends a frame that is answered; resolves with its ack. Waits some seconds for a line if there is
   * none. Rejects with {@link Refused} or {@link Unanswered}.
   */
  request(frame: { op: string } & Record<string, unknown>, id: string = clientId()): Promise<Ack> {
    return new Promise((resolve, reject) => {
      const waiting = { resolve, reject };
      const text = JSON.stringify({ ...frame, id });
      if (this.#ready && this.#socket) {
        this.#waiting.set(id, waiting);
        this.#send(text);
      } else if (this.#stopped || this.#held.length >= HELD) {
        reject(new Unanswered('not connected'));
      } else {
        const timer = setTimeout(() => {
          this.#held = this.#held.filter((h) => h.waiting !== waiting);
          reject(new Unanswered('not connected'));
        }, PATIENCE_MS);
        this.#held.push({ text, id, waiting, timer });
      }
    });
  }

  /** Sends a frame that has no answer; lost while offline, except the standing ones. */
  cast(frame: { op: string } & Record<string, unknown>): void {
    if (frame.op === 'viewing' || frame.op === 'wall') this.#standing.set(frame.op, frame);
    if (this.#ready) this.#send(frame);
  }

  /** Everything goes out here: the gateway counts from what it heard last. */
  #send(frame: object | string): void {
    this.#sent_at = this.#now();
    this.#socket?.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  #hear(text: string): void {
    this.#heard_at = this.#now();
    // Armed from here and not in a loop of timers: browsers slow such loops down to one a minute in hidden tabs.
    this.#after(Math.max(0, this.#sent_at + this.#heartbeat_ms - this.#heard_at), () => this.#beat());
    let frame: Frame | Ack | ErrorFrame | { op: 'pong' } | { op: 'reconnect'; after_ms: number };
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    switch (frame.op) {
      case 'pong':
        return;
      case 'ack': {
        const waiting = this.#waiting.get(frame.id);
        this.#waiting.delete(frame.id);
        waiting?.resolve(frame);
        return;
      }
      case 'error': {
        const waiting = frame.id ? this.#waiting.get(frame.id) : undefined;
        if (frame.id) this.#waiting.delete(frame.id);
        waiting?.reject(new Refused(frame.code, frame.detail ?? '', frame.retry_after_s));
        return;
      }
      case 'reconnect':
        // The node is being drained: it still delivers until we leave, but new work waits.
        this.#asked_wait = frame.after_ms;
        this.#socket?.close(1000);
        return;
      case 'welcome':
        this.#welcomed(frame);
        return;
      default:
        this.#parts.frame(frame);
    }
  }

  #welcomed(frame: Welcome): void {
    this.#failures = 0;
    this.#ready = true;
    this.#offline_since = null;
    if (frame.heartbeat_ms > 0) this.#heartbeat_ms = frame.heartbeat_ms;
    for (const standing of this.#standing.values()) this.#send(standing);
    this.#parts.frame(frame);
    this.#parts.link({ state: 'online' });
    for (const { text, id, waiting, timer } of this.#held.splice(0)) {
      clearTimeout(timer);
      this.#waiting.set(id, waiting);
      this.#send(text);
    }
  }

  /** Pings when one heartbeat has passed without a word from us; a computer that slept has no line any more. */
  #beat(): void {
    if (this.#now() - this.#heard_at > this.#heartbeat_ms * SILENT) return this.#silent();
    if (this.#ready) this.#send({ op: 'ping' });
    this.#after(this.#heartbeat_ms * (SILENT - 1), () => this.#silent());
  }

  /** Gives up a connection that says nothing. */
  #silent(): void {
    const socket = this.#socket;
    this.#closed(4408, 'no answer');
    socket?.close();
  }

  /** One thing at a time is waited for: the next ping, or the end of patience. */
  #after(ms: number, then: () => void): void {
    clearTimeout(this.#pulse);
    this.#pulse = setTimeout(then, ms);
  }

  #closed(code: number, reason: string): void {
    this.#socket = null;
    this.#ready = false;
    clearTimeout(this.#pulse);
    this.#drop();
    this.#failures += 1;
    const asked = this.#asked_wait;
    this.#asked_wait = null;
    const retry: Retry = asked !== null ? { kind: 'again', after_ms: asked } : afterClose(code, reason, this.#failures, this.#parts.random);
    if (retry.kind === 'stop') {
      this.#stopped = true;
      this.#release();
      this.#parts.link({ state: 'stopped', why: retry.why });
      return;
    }
    const now = this.#now();
    this.#offline_since ??= now;
    this.#parts.link({ state: 'offline', since_at: this.#offline_since, retry_at: now + retry.after_ms });
    this.#retry = setTimeout(() => this.start(), retry.after_ms);
  }

  #drop(): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(new Unanswered('connection lost'));
  }

  /** There will be no line: what waited for one is told so. */
  #release(): void {
    for (const { waiting, timer } of this.#held.splice(0)) {
      clearTimeout(timer);
      waiting.reject(new Unanswered('not connected'));
    }
  }
}
