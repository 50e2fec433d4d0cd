// What a visitor asks for by hand now and then: files, older messages, pictures, the answers before
// a first message, the way over to WeChat. All of it needs the network anyway, and is fetched then.
import { freshId } from './env.ts';
import { Files } from './files.ts';
import type { Http } from './http.ts';
import type { Inside } from './inside.ts';
import type { CarryOver, Limits, Message } from './protocol.ts';

const page = 30;

/** Each throws a `Refusal` where the gateway refuses. */
export interface Acts {
  media(mediaId: string): Promise<Blob>;
  /** A link on which the visitor goes on in WeChat, in this conversation. */
  carryOver(): Promise<CarryOver>;
  /** Answers what is asked before the first message; a refusal's message begins with the question's name. */
  answer(answers: Record<string, string>, consent: boolean): Promise<void>;
  /** Messages before `seq`, at most 100, oldest first, apart from the thread. */
  history(before: number, limit: number): Promise<Message[]>;
}

/** @internal */
export interface InnerActs extends Acts {
  sendFile(file: File, limits: Limits): void;
  /** Files go on, or are let go of. */
  run(): void;
  /** A failed entry goes out again. */
  retry(id: string): void;
  /** Takes the page before the oldest message into the thread. */
  earlier(): Promise<void>;
}

export function makeActs(http: Http, at: Inside): InnerActs {
  const { outbox, thread } = at;
  const files = new Files(http, at);
  const history = async (before: number, limit: number) => {
    const answer = await http.call('GET', `/v1/visitor/messages?before=${before}&limit=${limit}`, undefined, 15_000);
    return ((await answer.json()) as { messages: Message[] }).messages;
  };
  return {
    history,
    run: () => files.run(),
    sendFile: (file, limits) => files.add(freshId(at.env), file, limits),
    media: async (mediaId) => (await http.call('GET', `/v1/visitor/media/${encodeURIComponent(mediaId)}`, undefined, 60_000)).blob(),
    carryOver: async () => (await http.call('POST', '/v1/visitor/continue', undefined, 20_000)).json(),
    async answer(answers, consent) {
      await http.call('POST', '/v1/visitor/prechat', { answers, consent }, 20_000);
      at.answered();
      at.line.tell({ t: 'answered' });
    },
    async earlier() {
      if (thread.oldest() > 1) thread.hold(await history(thread.oldest(), page));
    },
    retry(id) {
      const entry = outbox.get(id);
      if (entry?.state !== 'failed') return;
      at.forget(id);
      const { code, ...rest } = entry;
      // An id that was refused for its content, or is too old to be known, must not be used again.
      const fresh = code === 'network' ? id : freshId(at.env);
      outbox.put({ ...rest, id: fresh, at: outbox.stamp(), frame: { ...entry.frame, id: fresh }, state: entry.file ? 'uploading' : 'waiting' });
    },
  };
}
