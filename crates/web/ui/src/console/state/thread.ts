// The messages of one conversation as this tab knows them: merged by `seq` and `rev`, never doubled.
import { shallowRef, ref } from 'vue';
import { api, Problem } from '../net/api';
import type { Line, Message } from '../net/protocol';

const PAGE = 50;

interface HistoryPage {
  epoch: string;
  messages: Message[];
  lines: Line[];
  has_more: boolean;
}

export class Thread {
  readonly conversation_id: string;
  readonly messages = shallowRef<Message[]>([]);
  readonly lines = shallowRef<Line[]>([]);
  readonly loaded = ref(false);
  readonly loading = ref(false);
  readonly hasMore = ref(false);
  readonly problem = ref<Problem | null>(null);
  /** The largest `rev` seen, for the resume cursor. */
  rev = 0;
  #opening: Promise<void> | null = null;
  #going_back: Promise<void> | null = null;
  #filling: Promise<void> | null = null;
  /** The first `seq` behind a hole that the server itself has. */
  #known = 0;
  /** Grows when everything is forgotten: pages asked for before are not filed. */
  #life = 0;

  constructor(conversation_id: string) {
    this.conversation_id = conversation_id;
  }

  get lastSeq(): number {
    return this.messages.value.at(-1)?.seq ?? 0;
  }

  /** The newest `seq` before which nothing is missing: where a new connection goes on from. */
  get head(): number {
    const list = this.messages.value;
    const from = Math.max(0, list.findIndex((m) => m.seq >= this.#known));
    const first = list[from]?.seq ?? 0;
    let [low, high] = [from, list.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (list[middle]!.seq - first === middle - from) low = middle;
      else high = middle - 1;
    }
    return list[low]?.seq ?? 0;
  }

  get firstSeq(): number {
    return this.messages.value[0]?.seq ?? 0;
  }

  /** Loads the newest page, once. */
  open(): Promise<void> {
    if (this.loaded.value) return Promise.resolve();
    return (this.#opening ??= this.#page({}).finally(() => {
      this.#opening = null;
    }));
  }

  /** Loads one page further back; whoever asks while it comes waits for the same one. */
  older(): Promise<void> {
    if (!this.hasMore.value) return Promise.resolve();
    return (this.#going_back ??= this.#page({ before_seq: this.firstSeq }).finally(() => {
      this.#going_back = null;
    }));
  }

  /** Loads back until `seq` is there. */
  async reach(seq: number): Promise<void> {
    await this.open();
    while (this.firstSeq > seq && this.hasMore.value && !this.problem.value) await this.older();
  }

  /** Forgets everything: another epoch, or a gap too wide to resume. */
  async reload(): Promise<void> {
    this.loaded.value = false;
    this.rev = 0;
    this.#known = 0;
    this.#life += 1;
    this.messages.value = [];
    this.lines.value = [];
    await this.#page({});
  }

  /** Files what came live. A gap before it is filled by HTTP. */
  take(message: Message): void {
    this.#merge([message]);
    if (this.loaded.value && this.head < this.lastSeq) void this.#fill();
  }

  takeLine(line: Line): void {
    this.#mergeLines([line]);
  }

  #page(where: { before_seq?: number; after_seq?: number }): Promise<void> {
    this.loading.value = true;
    this.problem.value = null;
    const life = this.#life;
    return api
      .get<HistoryPage>(`/conversations/${this.conversation_id}/messages`, { limit: PAGE, ...where })
      .then(
        (page) => {
          if (life !== this.#life) return;
          this.#merge(page.messages);
          this.#mergeLines(page.lines ?? []);
          if (where.after_seq === undefined) this.hasMore.value = page.has_more;
          this.loaded.value = true;
        },
        (error: unknown) => {
          if (life !== this.#life) return;
          this.problem.value = error instanceof Problem ? error : new Problem(0, 'gateway_unreachable', String(error));
        },
      )
      .finally(() => {
        this.loading.value = false;
      });
  }

  /** Loads what is missing before the newest, page by page until nothing is. */
  #fill(): Promise<void> {
    return (this.#filling ??= this.#whole().finally(() => {
      this.#filling = null;
    }));
  }

  async #whole(): Promise<void> {
    const life = this.#life;
    while (life === this.#life && this.head < this.lastSeq) {
      const head = this.head;
      await this.#page({ after_seq: head });
      if (this.problem.value) return;
      // The server has nothing there either: what comes behind the hole counts on from itself.
      if (this.head === head) this.#known = this.messages.value.find((m) => m.seq > head)?.seq ?? 0;
    }
  }

  #merge(incoming: Message[]): void {
    const merged = mergeMessages(this.messages.value, incoming);
    if (merged !== this.messages.value) this.messages.value = merged;
    for (const m of incoming) this.rev = Math.max(this.rev, m.rev);
  }

  #mergeLines(incoming: Line[]): void {
    if (!incoming.length) return;
    const by = new Map(this.lines.value.map((l) => [l.no, l]));
    for (const line of incoming) by.set(line.no, line);
    this.lines.value = [...by.values()].sort((a, b) => a.after_seq - b.after_seq || a.no - b.no);
  }
}

/**
 * `have` with `incoming` filed in: ordered by `seq`, one per `seq`, the larger `rev` wins. Answers
 * `have` itself if nothing changed.
 */
export function mergeMessages(have: Message[], incoming: Message[]): Message[] {
  const news = incoming.filter((m) => {
    const old = find(have, m.seq);
    return !old || m.rev > old.rev;
  });
  if (!news.length) return have;
  const first = news[0]!;
  const last = have.at(-1);
  if (news.length === 1 && (!last || first.seq > last.seq)) return [...have, first];
  const by = new Map(have.map((m) => [m.seq, m]));
  for (const m of news) {
    const old = by.get(m.seq);
    // The sender's own id comes once, with the ack; later revisions may leave it out.
    if (!old || m.rev > old.rev) by.set(m.seq, old?.client_msg_id && !m.client_msg_id ? { ...m, client_msg_id: old.client_msg_id } : m);
  }
  return [...by.values()].sort((a, b) => a.seq - b.seq);
}

function find(have: Message[], seq: number): Message | undefined {
  // Almost always the gapless case: position follows from the first seq.
  const guess = have[seq - (have[0]?.seq ?? 0)];
  return guess?.seq === seq ? guess : have.find((m) => m.seq === seq);
}
