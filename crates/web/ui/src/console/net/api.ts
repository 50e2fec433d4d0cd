// The HTTP side of the gateway: JSON in and out, problem+json as errors.

/** An answer that is not 2xx, or none at all (`code` is then `gateway_unreachable`). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly request_id?: string,
    readonly retry_after_s?: number,
  ) {
    super(`${code}: ${detail}`);
    this.name = 'Problem';
  }
}

export interface Page<T> {
  items: T[];
  next: string | null;
}

type Query = Record<string, string | number | boolean | undefined | null>;

/** Called when the session is over (401 on anything but signing in). */
let signedOut: (() => void) | null = null;
export function onSignedOut(call: () => void): void {
  signedOut = call;
}

export function withQuery(path: string, query?: Query): string {
  const pairs = Object.entries(query ?? {}).filter(([, v]) => v !== undefined && v !== null && v !== '');
  return pairs.length ? `${path}?${new URLSearchParams(pairs.map(([k, v]) => [k, String(v)]))}` : path;
}

async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(`/v1${path}`, {
      method,
      credentials: 'same-origin',
      signal,
      headers: body === undefined ? { accept: 'application/json' } : { accept: 'application/json', 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem(0, 'gateway_unreachable', String(error));
  }
  if (answer.status === 204) return undefined as T;
  if (answer.ok) return (await answer.json()) as T;
  throw await problem(answer, path);
}

async function problem(answer: Response, path: string): Promise<Problem> {
  const retry = Number(answer.headers.get('retry-after')) || undefined;
  let said: { code?: string; detail?: string; title?: string; request_id?: string } = {};
  try {
    said = await answer.json();
  } catch {
    // Not from us (a proxy): its status is all there is.
  }
  // On these two a 401 speaks of the password that was typed, not of the session.
  if (answer.status === 401 && path !== '/login' && path !== '/me/password') signedOut?.();
  return new Problem(answer.status, said.code ?? `http_${answer.status}`, said.detail ?? said.title ?? '', said.request_id, retry);
}

export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) => call<T>('GET', withQuery(path, query), undefined, signal),
  post: <T>(path: string, body: unknown = {}) => call<T>('POST', path, body),
  patch: <T>(path: string, body: unknown) => call<T>('PATCH', path, body),
  delete: (path: string) => call<void>('DELETE', path),
  /** All pages of a list, at most `most` rows. */
  async all<T>(path: string, query: Query = {}, most = 1000): Promise<T[]> {
    const rows: T[] = [];
    let cursor: string | null | undefined;
    do {
      const page: Page<T> = await call('GET', withQuery(path, { limit: 200, ...query, cursor }));
      rows.push(...page.items);
      cursor = page.next;
    } while (cursor && rows.length < most);
    return rows;
  },
};

export interface Uploaded {
  media_id: string;
  name: string;
  size: number;
  mime: string;
  width?: number;
  height?: number;
}

/** Uploads a file, telling the part done (0–1). fetch knows no progress of uploads, hence the old way. */
export function upload(file: File, progress: (part: number) => void, signal?: AbortSignal): Promise<Uploaded> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', '/v1/media');
    request.responseType = 'json';
    request.upload.onprogress = (e) => e.lengthComputable && progress(e.loaded / e.total);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) return resolve(request.response as Uploaded);
      const said = (request.response ?? {}) as { code?: string; detail?: string };
      reject(new Problem(request.status, said.code ?? `http_${request.status}`, said.detail ?? ''));
    };
    request.onerror = () => reject(new Problem(0, 'gateway_unreachable', ''));
    request.onabort = () => reject(new DOMException('aborted', 'AbortError'));
    signal?.addEventListener('abort', () => request.abort());
    const form = new FormData();
    form.append('media', file, file.name);
    request.send(form);
  });
}

export const mediaUrl = (media_id: string, download = false) => `/v1/media/${encodeURIComponent(media_id)}${download ? '?download=1' : ''}`;
