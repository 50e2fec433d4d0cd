// Sends what the visitor says, one after the other: the next goes out when the last was
// acknowledged, so order holds and a repeat after a broken line makes nothing twice.
import type { Outbox, Pending } from './outbox.ts';
import { type DurableFrame, isPassing } from './protocol.ts';
import type { News } from './state.ts';

export interface SenderHost {
  /** True if this client owns the line. */
  lead(): boolean;
  /** True if the line is up, whoever owns it. */
  online(): boolean;
  /** Someone waits for the line. */
  nudge(): void;
  send(frame: DurableFrame): boolean;
  /** The line does not answer. */
  renew(): void;
  share(news: News): void;
  changed(): void;
}

const ackMs = 10_000;
/** Pause after a refusal that names none. */
const pauseS = 2;

type Timer = ReturnType<typeof setTimeout>;

export class Sender {
  /** The entry that is on its way, and may arrive yet. */
  inFlight: string | null = null;
  private ack: Timer | undefined;
  private pause: Timer | undefined;

  constructor(
    private readonly outbox: Outbox,
    private readonly host: SenderHost,
  ) {}

  /** Queues a message or a rating; false if too much waits already. */
  say(frame: DurableFrame, now: number): boolean {
    if (this.outbox.full) return false;
    this.put({ id: frame.id, at: this.outbox.stamp(now), frame, state: 'waiting' });
    if (!this.host.online()) this.host.nudge();
    return true;
  }

  put(entry: Pending): void {
    this.outbox.put(entry);
    if (entry.state !== 'uploading') {
      const { file: _file, preview: _preview, ...plain } = entry;
      this.host.share({ t: 'put', entry: plain });
    }
    this.pump();
    this.host.changed();
  }

  clear(): void {
    this.outbox.clear();
    this.lineDown();
  }

  /** What was under way may or may not have arrived: it goes first when the line is back. */
  lineDown(): void {
    this.inFlight = null;
    clearTimeout(this.ack);
    clearTimeout(this.pause);
    this.pause = undefined;
  }

  /** Sends the next entry, if one waits and none is under way. */
  pump(): void {
    if (!this.host.online() || !this.host.lead() || this.inFlight !== null || this.pause !== undefined) return;
    const next = this.outbox.next();
    if (!next) return;
    this.inFlight = next.id;
    clearTimeout(this.ack);
    this.ack = setTimeout(() => this.host.renew(), ackMs);
    if (!this.host.send(next.frame)) this.lineDown();
  }

  /** The server has it: by its ack, or by the message itself. */
  landed(id: string): Pending | undefined {
    const entry = this.outbox.remove(id);
    this.free(id);
    this.pump();
    return entry;
  }

  /** The server refused an entry. False if no such entry waits. */
  refused(id: string, code: string, retryAfterS = pauseS): boolean {
    const entry = this.outbox.get(id);
    if (!entry) return false;
    this.free(id);
    if (!isPassing(code)) this.outbox.put({ ...entry, state: 'failed', code });
    else if (this.host.lead()) {
      // The rest waits too: what was said second must not arrive first.
      clearTimeout(this.pause);
      this.pause = setTimeout(() => {
        this.pause = undefined;
        this.pump();
      }, retryAfterS * 1000);
    }
    this.pump();
    return true;
  }

  /** The next may go: this one is not on its way any more. */
  private free(id: string): void {
    if (this.inFlight !== id) return;
    this.inFlight = null;
    clearTimeout(this.ack);
  }
}
