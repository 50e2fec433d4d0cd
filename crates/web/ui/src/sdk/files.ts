// Files on their way up: at most two at a time, tried again while the network fails, checked
// against the limits before a byte is sent. The message follows when the server has the file.
import { type Http, Refusal, asRefusal, refusalOf } from './http.ts';
import type { Inside } from './inside.ts';
import type { Pending } from './outbox.ts';
import { type Limits, isPassing } from './protocol.ts';

interface Uploaded { media_id: string; name?: string; size?: number; mime?: string; width?: number; height?: number }

const atOnce = 2;
const tries = 4;
/** A server that wants a longer pause is not asked again by itself. */
const patience = 60_000;

export class Files {
  private readonly running = new Map<string, AbortController>();
  private readonly tried = new Map<string, number>();
  /** Addresses of pictures that are shown while they go up. */
  private previews: string[] = [];

  constructor(
    private readonly http: Http,
    private readonly at: Inside,
  ) {}

  /** A new entry for a file; already failed if it can never be taken. */
  add(id: string, file: File, limits: Limits): void {
    const msgtype = kind(file.type);
    const content = { media_id: '', name: file.name || `${msgtype}.${file.type.split('/')[1] ?? 'bin'}`, size: file.size, mime: file.type || 'application/octet-stream' };
    const entry: Pending = { id, at: this.at.outbox.stamp(), frame: { op: 'send', id, msgtype, [msgtype]: content }, state: 'uploading', progress: 0, file };
    if (msgtype === 'image' && URL.createObjectURL) this.previews.push((entry.preview = URL.createObjectURL(file)));
    const code = file.size > limits.upload_bytes ? 'too_large' : file.size === 0 ? 'empty' : allowed(file, limits.upload_types) ? null : 'unsupported_type';
    this.at.outbox.put(code ? { ...entry, state: 'failed', code } : entry);
  }

  /** Starts what may be started, and lets go of what is not wanted any more. */
  run(): void {
    const entries = this.at.outbox.all();
    for (const [id, upload] of this.running) {
      if (this.at.outbox.get(id)) continue;
      upload.abort();
      this.done(id);
    }
    this.previews = this.previews.filter((url) => entries.some((entry) => entry.preview === url) || URL.revokeObjectURL(url));
    if (this.at.state.status !== 'online') return;
    for (const entry of entries) {
      if (this.running.size >= atOnce) return;
      if (entry.state === 'uploading' && entry.file && !this.running.has(entry.id)) void this.upload(entry, entry.file);
    }
  }

  private async upload(entry: Pending, file: File): Promise<void> {
    const stop = new AbortController();
    this.running.set(entry.id, stop);
    const progress = (part: number) => this.running.get(entry.id) === stop && this.at.outbox.put({ ...entry, progress: part });
    try {
      const { media_id, name, size, mime, width, height } = await post(this.http, file, progress, stop);
      this.done(entry.id);
      const { msgtype } = entry.frame as { msgtype: string };
      const own = entry.frame as unknown as Record<string, Record<string, unknown>>;
      const content = { ...own[msgtype], ...defined({ media_id, name, size, mime, width, height }) };
      const { file: _file, progress: _progress, ...rest } = entry;
      this.at.outbox.put({ ...rest, frame: { ...entry.frame, [msgtype]: content }, state: 'waiting' } as Pending);
    } catch (error) {
      // It is not wanted any more.
      if (this.running.get(entry.id) !== stop) return;
      const refusal = asRefusal(error);
      const count = (this.tried.get(entry.id) ?? 0) + 1;
      const passing = refusal.code === 'network' || isPassing(refusal.code);
      // Who has uploaded all that an hour allows is told so, and does not watch a bar for that hour.
      if (passing && (refusal.retryAfterMs ?? 0) <= patience && count < tries) {
        this.tried.set(entry.id, count);
        setTimeout(() => {
          if (this.running.get(entry.id) !== stop) return;
          this.running.delete(entry.id);
          this.at.outbox.put({ ...entry, progress: 0 });
        }, refusal.retryAfterMs ?? 1000 * 2 ** count);
        return;
      }
      this.done(entry.id);
      this.at.outbox.put({ ...entry, state: 'failed', code: refusal.code });
    }
  }

  private done(id: string): void {
    this.running.delete(id);
    this.tried.delete(id);
  }
}

/** XMLHttpRequest is the only way to learn how far an upload has come; node has none. */
function post(http: Http, file: File, onProgress: (part: number) => void, stop: AbortController): Promise<Uploaded> {
  const form = new FormData();
  form.append('media', file, file.name);
  if (typeof XMLHttpRequest === 'undefined') return http.call('POST', '/v1/visitor/media', form, 300_000, true, stop).then((answer) => answer.json() as Promise<Uploaded>);
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open('POST', `${http.origin}/v1/visitor/media`);
    const token = http.token();
    if (token) call.setRequestHeader('Authorization', `Bearer ${token}`);
    call.upload.addEventListener('progress', (event) => event.lengthComputable && onProgress(event.loaded / event.total));
    call.addEventListener('load', () => {
      let body: Record<string, unknown> = {};
      try {
        body = JSON.parse(call.responseText) as Record<string, unknown>;
      } catch {
        // An answer that is not ours has no code; its status speaks.
      }
      if (call.status < 300 && typeof body.media_id === 'string') resolve(body as unknown as Uploaded);
      else reject(refusalOf(body, call.status, call.getResponseHeader('Retry-After')));
    });
    call.addEventListener('error', () => reject(new Refusal('network')));
    call.addEventListener('abort', () => reject(new Refusal('aborted')));
    stop.signal.addEventListener('abort', () => call.abort());
    call.send(form);
  });
}

function kind(mime: string): 'image' | 'video' | 'voice' | 'file' {
  // An SVG is a document with scripts to a browser: it goes as a file.
  if (/^image\/(?!svg)/.test(mime)) return 'image';
  if (mime.startsWith('video/')) return 'video';
  return mime.startsWith('audio/') ? 'voice' : 'file';
}

/** Types stand in the form of an `accept` attribute: `image/*`, `application/pdf`, `.docx`. */
export function allowed(file: { name: string; type: string }, types: string[]): boolean {
  if (!types.length) return true;
  const name = file.name.toLowerCase();
  const mime = file.type.toLowerCase();
  return types.some((type) => {
    const want = type.toLowerCase().trim();
    if (want === '*/*' || want === '*') return true;
    if (want.startsWith('.')) return name.endsWith(want);
    return want.endsWith('/*') ? mime.startsWith(want.slice(0, -1)) : mime === want;
  });
}

function defined<T extends Record<string, unknown>>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined && v !== null)) as Partial<T>;
}
