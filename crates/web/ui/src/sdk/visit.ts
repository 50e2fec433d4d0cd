// Who the visitor is to the gateway: token, signed identity, and the answer to `open`. Kept over
// reloads in the shelf; a visit that ended for the server is replaced by a new one.
import { type Http, type OpenRequest, asRefusal } from './http.ts';
import type { AppFacts, OpenAnswer, Page } from './protocol.ts';
import type { Shelf } from './storage.ts';

export interface VisitFacts {
  entryPoint: string;
  campaign?: string | undefined;
  locale?: string | undefined;
  /** The page that the visitor looks at; or, in an app, `app`. */
  page?: Page | undefined;
  app?: AppFacts | undefined;
  /** What page or app tell of the visitor, unsigned. */
  attributes?: Record<string, unknown> | undefined;
}

export class Visit {
  token: string | null;
  opened: OpenAnswer | null = null;
  /** Whom the last signed identity spoke of. */
  person: string | null;
  /** What the server knows of the visitor is older than what we know. */
  stale = false;
  /** Grows when another person comes; an answer for an earlier one is void. */
  age = 0;
  identity: string | null = null;
  private asked: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly shelf: Shelf,
    private readonly facts: VisitFacts,
  ) {
    this.token = shelf.get('token');
    this.person = shelf.get('person');
  }

  /**
   * The open visit, asking the server if there is none, it is out of date, or its token was refused.
   * One question at a time: what is told later is heard later too.
   */
  ensure(http: Http, again: boolean): Promise<OpenAnswer> {
    const answer = this.asked.catch(() => {}).then(() => this.look(http, again));
    this.asked = answer;
    return answer;
  }

  private async look(http: Http, again: boolean): Promise<OpenAnswer> {
    if (this.opened && this.token && !again && !this.stale) return this.opened;
    // Tokens change at each opening; another tab may have a newer one.
    this.token = this.shelf.get('token') ?? this.token;
    const ask = () => {
      // What changes from here on is not in the question.
      this.stale = false;
      return http.open(this.request());
    };
    try {
      return await ask();
    } catch (error) {
      this.stale = true;
      const { code } = asRefusal(error);
      // The visit is over for the server. What was typed and not sent still goes out, in a new one.
      if (code === 'token_invalid' && this.token) this.token = null;
      // Facts that the gateway does not take must not keep a customer from being heard.
      else if (code === 'bad_request' && this.facts.attributes) delete this.facts.attributes;
      else throw error;
      return ask();
    }
  }

  /** Takes an answer in. True if it speaks of another visitor than before. */
  accept(opened: OpenAnswer): boolean {
    const before = this.opened?.external_userid ?? this.shelf.get('visitor');
    this.opened = opened;
    this.token = opened.token;
    this.shelf.set('token', opened.token);
    this.shelf.set('visitor', opened.external_userid);
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
    this.opened = this.token = this.identity = this.person = null;
    delete this.facts.attributes;
  }

  private request(): OpenRequest {
    const { entryPoint, ...facts } = this.facts;
    const { token, identity } = this;
    return { entry_point_id: entryPoint, ...facts, ...(token && { token }), ...(identity && { identity }) };
  }
}

/** Whom a JWT speaks of. It is verified by the server only; here it tells one person from another. */
export function subject(jwt: string): string | null {
  try {
    const part = (jwt.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const text = decodeURIComponent(atob(part).replace(/[^]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`));
    const { sub } = JSON.parse(text) as { sub?: unknown };
    return typeof sub === 'string' ? sub : null;
  } catch {
    return null;
  }
}
