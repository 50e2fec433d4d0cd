// The visitor's calls over HTTP. Every failure is a `Refusal`: a code to act on, never a page.
import type { AckFrame, ClientFrame, Message, OpenAnswer, Page, PollAnswer, Position } from './protocol.ts';

/** An answer that is not a success; `code` is `network` if there was none at all. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}

export interface OpenRequest {
  entry_point_id: string;
  token?: string;
  identity?: string;
  attributes?: Record<string, unknown>;
  page?: Page;
  campaign?: string;
  locale?: string;
}

export class Http {
  constructor(
    readonly origin: string,
    private readonly fetch: typeof globalThis.fetch,
    readonly token: () => string | null,
  ) {}

  open(body: OpenRequest): Promise<OpenAnswer> {
    return this.json('POST', '/v1/visitor/open', body, 20_000, false);
  }

  poll(position: Position | null, waitS: number, signal: AbortSignal): Promise<PollAnswer> {
    const query = new URLSearchParams({ wait_s: String(waitS) });
    if (position) for (const [key, value] of Object.entries(position)) query.set(key, String(value));
    return this.json('GET', `/v1/visitor/poll?${query}`, undefined, (waitS + 15) * 1000, true, signal);
  }

  /** Sends one frame without a socket. Messages are answered by their ack. */
  async act(frame: ClientFrame): Promise<AckFrame | null> {
    if (frame.op === 'send') {
      const { op: _op, id, ...content } = frame;
      const ack = await this.json<Omit<AckFrame, 'op'>>('POST', '/v1/visitor/messages', { client_msg_id: id, ...content }, 15_000);
      return { ...ack, op: 'ack', id };
    }
    const answer = await this.json<Partial<AckFrame> | null>('POST', '/v1/visitor/act', frame, 15_000);
    return frame.op === 'rate' ? { ...answer, op: 'ack', id: frame.id } : null;
  }

  async history(before: number, limit: number): Promise<Message[]> {
    const answer = await this.json<{ messages: Message[] }>('GET', `/v1/visitor/messages?before=${before}&limit=${limit}`, undefined, 15_000);
    return answer.messages;
  }

  async media(mediaId: string): Promise<Blob> {
    const answer = await this.call('GET', `/v1/visitor/media/${encodeURIComponent(mediaId)}`, {}, 60_000, true);
    return answer.blob();
  }

  private async json<T>(method: string, path: string, body: unknown, timeoutMs: number, bearer = true, signal?: AbortSignal): Promise<T> {
    const init: RequestInit = { method };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { 'Content-Type': 'application/json' };
    }
    const answer = await this.call(method, path, init, timeoutMs, bearer, signal);
    if (answer.status === 204) return null as T;
    try {
      return (await answer.json()) as T;
    } catch {
      throw new Refusal('network', answer.status, 'not our answer');
    }
  }

  private async call(method: string, path: string, init: RequestInit, timeoutMs: number, bearer: boolean, outer?: AbortSignal): Promise<Response> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), timeoutMs);
    const abort = () => stop.abort();
    outer?.addEventListener('abort', abort);
    const headers = new Headers(init.headers);
    const token = this.token();
    if (bearer && token) headers.set('Authorization', `Bearer ${token}`);
    let answer: Response;
    try {
      answer = await this.fetch(this.origin + path, { ...init, method, headers, credentials: 'omit', cache: 'no-store', signal: stop.signal });
    } catch {
      throw new Refusal(outer?.aborted ? 'aborted' : 'network', 0, 'no answer');
    } finally {
      clearTimeout(timer);
      outer?.removeEventListener('abort', abort);
    }
    if (answer.ok) return answer;
    const problem = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
    throw new Refusal(codeOf(problem, answer.status), answer.status, String(problem.detail ?? ''), seconds(answer.headers.get('Retry-After')));
  }
}

export function codeOf(problem: Record<string, unknown>, status: number): string {
  if (typeof problem.code === 'string') return problem.code;
  // A proxy in between speaks no problem+json.
  return status === 429 ? 'rate_limited' : status >= 500 ? 'overloaded' : status === 413 ? 'too_large' : 'bad_request';
}

export function seconds(header: string | null): number | undefined {
  const value = Number.parseFloat(header ?? '');
  return value >= 0 ? Math.min(value, 300) * 1000 : undefined;
}
