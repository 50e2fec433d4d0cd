// The visitor's calls over HTTP. Every failure is a `Refusal`: a code to act on, never a page.

/** An answer that is not a success; `code` is `network` if there was none at all. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message = code,
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}

export const asRefusal = (error: unknown) => (error instanceof Refusal ? error : new Refusal('network'));

/** Codes that say: the token is of no use, open again. */
export const isStale = (code: string) => code === 'token_invalid' || code === 'unauthenticated';

/** @internal */
export interface Http {
  origin: string;
  token(): string | null;
  /** One call with a form, with something that goes as JSON, or with nothing; its head within `timeoutMs`, or `stop` ends it. Without `bearer` it says nothing of who asks. */
  call(method: string, path: string, body: object | undefined, timeoutMs: number, bearer?: boolean, stop?: AbortController): Promise<Response>;
}

export const makeHttp = (origin: string, fetch: typeof globalThis.fetch, token: () => string | null): Http => ({
  origin,
  token,
  async call(method, path, body, timeoutMs, bearer = true, stop = new AbortController()) {
    const timer = setTimeout(() => stop.abort(), timeoutMs);
    const form = body instanceof FormData;
    const word = bearer && token();
    const headers = { ...(body && !form && { 'Content-Type': 'application/json' }), ...(word && { Authorization: `Bearer ${word}` }) };
    const answer = await fetch(origin + path, { method, headers, ...(body && { body: form ? body : JSON.stringify(body) }), credentials: 'omit', cache: 'no-store', signal: stop.signal })
      .catch(() => {
        throw new Refusal('network');
      })
      .finally(() => clearTimeout(timer));
    if (answer.ok) return answer;
    throw refusalOf((await answer.json().catch(() => ({}))) as Record<string, unknown>, answer.status, answer.headers.get('Retry-After'));
  },
});

/** What a failed answer says; a proxy in between speaks no problem+json, and its status has to do. */
export function refusalOf({ code, detail = '' }: Record<string, unknown>, status: number, retryAfter: string | null): Refusal {
  const seconds = Number.parseFloat(retryAfter ?? '');
  const said = typeof code === 'string' ? code : status === 429 ? 'rate_limited' : status >= 500 ? 'overloaded' : status === 413 ? 'too_large' : 'bad_request';
  return new Refusal(said, String(detail), seconds >= 0 ? Math.min(seconds, 300) * 1000 : undefined);
}
