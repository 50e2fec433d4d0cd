// The line where sockets do not get through: one long poll after the other, and a call for each
// frame that goes out. To the rest of the client it says the same frames as a socket would.
import { type Http, type Refusal, asRefusal, isStale } from './http.ts';
import type { AckFrame, ClientFrame, PollAnswer, Position, ServerFrame } from './protocol.ts';

/** @internal */
export interface PollHost {
  position(): Position | null;
  frame(frame: ServerFrame): void;
  /** The first answer is in. */
  up(): void;
  /** It cannot go on: ends the line. */
  failed(refusal: Refusal): void;
  /** An answer was taken in: a time to change the line. */
  answered(): unknown;
}

const pollWaitS = 25;

export class Poll {
  private over = false;
  private asked: AbortController | undefined;

  constructor(
    private readonly http: Http,
    private readonly host: PollHost,
  ) {
    void this.run();
  }

  /** Nothing of it is heard any more. */
  stop(): void {
    this.over = true;
    this.asked?.abort();
  }

  send(frame: ClientFrame): void {
    this.act(frame).then(
      (ack) => ack && !this.over && this.host.frame(ack),
      (error: unknown) => !this.over && this.refused(frame, asRefusal(error)),
    );
  }

  private async run(): Promise<void> {
    let first = true;
    while (!this.over) {
      const asked = this.host.position();
      let answer;
      try {
        answer = await this.ask(asked, first ? 0 : pollWaitS);
      } catch (error) {
        if (!this.over) this.host.failed(asRefusal(error));
        return;
      }
      if (this.over) return;
      this.take(answer, asked);
      if (this.over) return;
      if (first && !answer.resync) this.host.up();
      first &&= !!answer.resync;
      this.host.answered();
    }
  }

  private take(answer: PollAnswer, asked: Position | null): void {
    const { epoch, rev, session, agent_read_seq, messages } = answer;
    if (answer.resync) return this.host.frame({ op: 'resync', epoch });
    // An ack may have gone past the answer on its way: that is no sign of an older store.
    const known = this.host.position();
    const seq = known && known.epoch === epoch && asked && asked.seq <= answer.seq ? Math.max(answer.seq, known.seq) : answer.seq;
    const frames: ServerFrame[] = messages.map((message) => ({ op: 'message', ...message }));
    frames.unshift({ op: 'welcome', epoch, seq, rev, session, ...(agent_read_seq == null ? {} : { agent_read_seq }) });
    frames.push({ op: 'resumed' });
    for (const frame of frames) if (!this.over) this.host.frame(frame);
  }

  private async ask(position: Position | null, waitS: number): Promise<PollAnswer> {
    const query = Object.entries({ wait_s: waitS, ...position }).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
    this.asked = new AbortController();
    return (await this.http.call('GET', `/v1/visitor/poll?${query.join('&')}`, undefined, (waitS + 15) * 1000, true, this.asked)).json();
  }

  /** Messages and ratings are answered by their ack. */
  private async act(frame: ClientFrame): Promise<AckFrame | null> {
    if (frame.op === 'send') {
      const { op: _op, id, ...content } = frame;
      const ack = await this.http.call('POST', '/v1/visitor/messages', { client_msg_id: id, ...content }, 15_000);
      return { ...(await ack.json()), op: 'ack', id };
    }
    const answer = await this.http.call('POST', '/v1/visitor/act', frame, 15_000);
    return frame.op === 'rate' ? { ...(answer.status === 204 ? {} : await answer.json()), op: 'ack', id: frame.id } : null;
  }

  private refused(frame: ClientFrame, refusal: Refusal): void {
    if (isStale(refusal.code)) return this.host.failed(refusal);
    const id = 'id' in frame ? { id: frame.id } : {};
    const retry = refusal.retryAfterMs === undefined ? {} : { retry_after_s: refusal.retryAfterMs / 1000 };
    // Without an answer nobody knows whether it was stored: the same id is sent again.
    const code = refusal.code === 'network' ? 'overloaded' : refusal.code;
    this.host.frame({ op: 'error', code, detail: refusal.message, ...id, ...retry });
  }
}
