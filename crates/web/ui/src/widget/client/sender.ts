// Sends what the visitor says, one after the other: the next goes out when the last was
// acknowledged, so order holds and a repeat after a broken line makes nothing twice.
import { type Env, freshId } from './env.ts';
import type { Outbox, Pending } from './outbox.ts';
import { type DurableFrame, type Limits, isPassing } from './protocol.ts';
import type { TabMessage } from './tabs.ts';
import type { Uploads } from './uploads.ts';

export interface SenderHost {
  /** True if this tab owns the line. */
  lead(): boolean;
  /** True if the line is up, in whichever tab. */
  online(): boolean;
  /** Someone waits for the line. */
  nudge(): void;
  send(frame: DurableFrame): boolean;
  /** The line does not answer. */
  renew(): void;
  share(message: TabMessage): void;
  limits(): Limits;
  changed(): void;
  /** A part of the program could not be fetched. */
  failed(): void;
}

const ackMs = 10_000;
/** Pause after a refusal that names none. */
const pauseS = 2;

type Timer = ReturnType<typeof setTimeout>;

export class Sender {
  private inFlight: string | null = null;
  private ack: Timer | undefined;
  private pause: Timer | undefined;
  private uploads: Uploads | null = null;

  constructor(
    private readonly outbox: Outbox,
    private readonly loadUploads: () => Promise<Uploads>,
    private readonly host: SenderHost,
    private readonly env: Env,
  ) {}

  /** Queues a message or a rating; false if too much waits already. */
  say(frame: DurableFrame): boolean {
    if (this.outbox.full) return false;
    this.put({ id: frame.id, at: this.outbox.stamp(this.env.now()), frame, state: 'waiting' });
    if (!this.host.online()) this.host.nudge();
    return true;
  }

  file(file: File): boolean {
    if (this.outbox.full) return false;
    this.ready().then(
      (uploads) => this.put(uploads.entry(freshId(this.env), this.outbox.stamp(this.env.now()), file, this.host.limits())),
      () => this.host.failed(),
    );
    return true;
  }

  /** The part that handles files, fetched if it is not here. */
  async ready(): Promise<Uploads> {
    this.uploads ??= await this.loadUploads();
    return this.uploads;
  }

  /** Tries a failed entry again. */
  retry(id: string): void {
    const entry = this.outbox.get(id);
    if (entry?.state !== 'failed') return;
    this.forget(id);
    const { code, ...rest } = entry;
    // An id that was refused for its content, or is too old to be known, must not be used again.
    const fresh = code === 'network' ? id : freshId(this.env);
    const state = entry.file ? 'uploading' : 'waiting';
    this.put({ ...rest, id: fresh, at: this.outbox.stamp(this.env.now()), frame: { ...entry.frame, id: fresh }, state });
  }

  /** Drops an entry that is not on its way. */
  discard(id: string): void {
    if (this.inFlight === id) return;
    this.uploads?.abort(id);
    const entry = this.forget(id);
    if (entry?.preview) URL.revokeObjectURL(entry.preview);
    this.host.changed();
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

  /** An entry of another tab. */
  adopt(entry: Pending): void {
    this.outbox.put(entry);
    this.pump();
  }

  /** Another tab dropped an entry. */
  drop(id: string): void {
    if (this.inFlight !== id) this.outbox.remove(id);
  }

  clear(): void {
    for (const { id } of this.outbox.all()) this.uploads?.abort(id);
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
    if (!this.host.online()) return;
    this.uploads?.run(this.outbox.all());
    if (!this.host.lead() || this.inFlight !== null || this.pause !== undefined) return;
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
    if (entry?.preview) URL.revokeObjectURL(entry.preview);
    if (this.inFlight === id) {
      this.inFlight = null;
      clearTimeout(this.ack);
    }
    this.pump();
    return entry;
  }

  /** The server refused an entry. False if no such entry waits. */
  refused(id: string, code: string, retryAfterS = pauseS): boolean {
    const entry = this.outbox.get(id);
    if (!entry) return false;
    if (this.inFlight === id) {
      this.inFlight = null;
      clearTimeout(this.ack);
    }
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

  private forget(id: string): Pending | undefined {
    const entry = this.outbox.remove(id);
    this.host.share({ t: 'remove', id });
    return entry;
  }
}
