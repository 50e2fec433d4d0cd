// The visitor's calls over HTTP. Every failure is a `Refusal`: a code to act on, never a page.
import type { OpenAnswer } from './protocol.ts';
import type { VisitFacts } from './visit.ts';

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

export const asRefusal = (error: unknown) => (error instanceof Refusal ? error : new Refusal('network', 0, String(error)));

/** Codes that say: the token is of no use, open again. */
export const isStale = (code: string) => code === 'token_invalid' || code === 'unauthenticated';

export interface OpenRequest extends Omit<VisitFacts, 'entryPoint'> {
  entry_point_id: string;
  token?: string;
  identity?: string;
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

  /** One call with JSON both ways; null where there is no content. */
  async json<T>(method: string, path: string, body: unknown, timeoutMs: number, bearer = true, signal?: AbortSignal): Promise<T> {
    const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
    const answer = await this.call(method, path, init, timeoutMs, bearer, signal);
    if (answer.status === 204) return null as T;
    try {
      return (await answer.json()) as T;
    } catch {
      throw new Refusal('network', answer.status, 'not our answer');
    }
  }

  async call(method: string, path: string, init: { body?: BodyInit; headers?: Record<string, string> }, timeoutMs: number, bearer = true, outer?: AbortSignal): Promise<Response> {
    const stop = new AbortController();
    const abort = () => stop.abort();
    const timer = setTimeout(abort, timeoutMs);
    outer?.addEventListener('abort', abort);
    const token = this.token();
    const headers = bearer && token ? { ...init.headers, Authorization: `Bearer ${token}` } : init.headers;
    let answer: Response;
    try {
      answer = await this.fetch(this.origin + path, { ...init, method, ...(headers && { headers }), credentials: 'omit', cache: 'no-store', signal: stop.signal });
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
