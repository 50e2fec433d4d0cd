// Who the visitor is to the gateway: token, signed identity, and the answer to `open`. Kept over
// reloads in the shelf; a visit that ended for the server is replaced by a new one.
import { type Http, asRefusal } from './http.ts';
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

/** @internal */
export interface Visit {
  token: string | null;
  opened: OpenAnswer | null;
  /** What the server knows of the visitor is older than what we know. */
  stale: boolean;
  /** Grows when another person comes; an answer for an earlier one is void. */
  age: number;
  identity: string | null;
  /**
   * The open visit, asking the server if there is none, it is out of date, or its token was refused.
   * One question at a time: what is told later is heard later too.
   */
  ensure(again: boolean): Promise<OpenAnswer>;
  /** Takes an answer in. True if it speaks of another visitor than before. */
  accept(opened: OpenAnswer): boolean;
  /** Takes a signed identity in. True if it speaks of another person than before, null if it says nothing new. */
  identify(identity: string): boolean | null;
  forget(): void;
}

export function makeVisit(shelf: Shelf, facts: VisitFacts, http: () => Http): Visit {
  /** Whom the last signed identity spoke of. */
  let person = shelf.get('person');
  let asked: Promise<unknown> = Promise.resolve();

  const ask = async (): Promise<OpenAnswer> => {
    // What changes from here on is not in the question.
    self.stale = false;
    const { entryPoint, ...rest } = facts;
    const { token, identity } = self;
    const body = { entry_point_id: entryPoint, ...rest, ...(token && { token }), ...(identity && { identity }) };
    return (await http().call('POST', '/v1/visitor/open', body, 20_000, false)).json();
  };
  const look = async (again: boolean) => {
    if (self.opened && self.token && !again && !self.stale) return self.opened;
    // Tokens change at each opening; another tab may have a newer one.
    self.token = shelf.get('token') ?? self.token;
    try {
      return await ask();
    } catch (error) {
      self.stale = true;
      const { code } = asRefusal(error);
      // The visit is over for the server. What was typed and not sent still goes out, in a new one.
      if (code === 'token_invalid' && self.token) self.token = null;
      // Facts that the gateway does not take must not keep a customer from being heard.
      else if (code === 'bad_request' && facts.attributes) delete facts.attributes;
      else throw error;
      return ask();
    }
  };

  const self: Visit = {
    token: shelf.get('token'),
    opened: null,
    stale: false,
    age: 0,
    identity: null,
    ensure(again) {
      const answer = asked.catch(() => {}).then(() => look(again));
      asked = answer;
      return answer;
    },
    accept(opened) {
      const before = self.opened?.external_userid ?? shelf.get('visitor');
      self.opened = opened;
      shelf.put('token', (self.token = opened.token));
      shelf.put('visitor', opened.external_userid);
      if (person !== null) shelf.put('person', person);
      return before !== opened.external_userid;
    },
    identify(identity) {
      if (identity === self.identity) return null;
      const next = subject(identity);
      const same = person === next;
      const other = !same && person !== null;
      if (other) self.forget();
      self.age++;
      self.identity = identity;
      person = next;
      return same && self.opened ? null : other;
    },
    forget() {
      self.age++;
      for (const key of ['token', 'visitor', 'person']) shelf.put(key, '');
      self.opened = self.token = self.identity = person = null;
      delete facts.attributes;
    },
  };
  return self;
}

/** Whom a JWT speaks of. It is verified by the server only; here it tells one person from another, by bytes as good as by letters. */
function subject(jwt: string): string | null {
  try {
    const { sub } = JSON.parse(atob((jwt.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'))) as { sub?: unknown };
    return typeof sub === 'string' ? sub : null;
  } catch {
    return null;
  }
}
