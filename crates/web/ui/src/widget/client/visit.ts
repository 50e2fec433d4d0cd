// Who the visitor is to the gateway: token, signed identity, and the answer to `open`. Kept over
// reloads in the shelf; a visit that ended for the server is replaced by a new one.
import { type Http, type OpenRequest, Refusal } from './http.ts';
import type { KfFace, OpenAnswer, Page } from './protocol.ts';
import type { Shelf } from './storage.ts';

export interface VisitFacts { entryPoint: string; campaign?: string | undefined; locale?: string | undefined; page?: Page | undefined }

export class Visit {
  token: string | null;
  opened: OpenAnswer | null = null;
  /** The face of the kf account; at first the one of the last visit. */
  face: KfFace | null;
  /** Whom the last signed identity spoke of. */
  person: string | null;
  attributes: Record<string, unknown> | null = null;
  /** What the server knows of the visitor is older than what we know. */
  stale = false;
  /** Grows when another person comes; an answer for an earlier one is void. */
  age = 0;
  private identity: string | null = null;

  constructor(
    private readonly shelf: Shelf,
    private readonly facts: VisitFacts,
  ) {
    this.token = shelf.get('token');
    this.person = shelf.get('person');
    this.face = parsed<KfFace>(shelf.get('face'));
  }

  /** The open visit, asking the server if there is none, it is out of date, or its token was refused. */
  async ensure(http: Http, again: boolean): Promise<{ opened: OpenAnswer; fresh: boolean }> {
    if (this.opened && this.token && !again && !this.stale) return { opened: this.opened, fresh: false };
    // Tokens change at each opening; another tab may have a newer one.
    this.token = this.shelf.get('token') ?? this.token;
    const request = this.request();
    try {
      return { opened: await http.open(request), fresh: true };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.code === 'token_invalid' && this.token) {
        // The visit is over for the server. What was typed and not sent still goes out, in a new one.
        this.token = null;
        delete request.token;
      } else if (error.code === 'bad_request' && this.attributes) {
        // Facts that the gateway does not take must not keep a customer from being heard.
        this.attributes = null;
        delete request.attributes;
      } else throw error;
      return { opened: await http.open(request), fresh: true };
    }
  }

  /** Takes an answer in. True if it speaks of another visitor than before. */
  accept(opened: OpenAnswer): boolean {
    const before = this.opened?.external_userid ?? this.shelf.get('visitor');
    this.opened = opened;
    this.token = opened.token;
    this.face = opened.kf;
    this.stale = false;
    this.shelf.set('token', opened.token);
    this.shelf.set('visitor', opened.external_userid);
    this.shelf.set('face', JSON.stringify(opened.kf));
    if (this.person !== null) this.shelf.set('person', this.person);
    return before !== opened.external_userid;
  }

  /** What a new signed identity means for the visit. */
  identify(identity: string): 'same' | 'joined' | 'other' {
    if (identity === this.identity) return 'same';
    const person = subject(identity);
    const verdict = this.person !== null && this.person !== person ? 'other' : this.opened && this.person === person ? 'same' : 'joined';
    if (verdict === 'other') this.forget();
    this.age++;
    this.identity = identity;
    this.person = person;
    return verdict;
  }

  forget(): void {
    this.age++;
    for (const key of ['token', 'visitor', 'person']) this.shelf.remove(key);
    this.opened = this.token = this.identity = this.person = this.attributes = null;
  }

  private request(): OpenRequest {
    const { entryPoint, ...facts } = this.facts;
    const { token, identity, attributes } = this;
    const given = Object.entries({ ...facts, token, identity, attributes }).filter(([, value]) => value != null);
    return { entry_point_id: entryPoint, ...Object.fromEntries(given) };
  }
}

function parsed<T>(text: string | null): T | null {
  try {
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

/** Whom a JWT speaks of. It is verified by the server only; here it tells one person from another. */
export function subject(jwt: string): string | null {
  try {
    const part = (jwt.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(part), (c) => c.charCodeAt(0));
    const { sub } = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown };
    return typeof sub === 'string' ? sub : null;
  } catch {
    return null;
  }
}
