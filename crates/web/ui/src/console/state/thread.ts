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
  #filling: Promise<void> | null = null;

  constructor(conversation_id: string) {
    this.conversation_id = conversation_id;
  }

  get lastSeq(): number {
    return this.messages.value.at(-1)?.seq ?? 0;
  }

  get firstSeq(): number {
    return this.messages.value[0]?.seq ?? 0;
  }

  /** Loads the newest page, once. */
  open(): Promise<void> {
    return this.loaded.value ? Promise.resolve() : this.#page({});
  }

  /** Loads one page further back. */
  older(): Promise<void> {
    return this.hasMore.value && !this.loading.value ? this.#page({ before_seq: this.firstSeq }) : Promise.resolve();
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
    this.messages.value = [];
    this.lines.value = [];
    await this.#page({});
  }

  /** Files what came live. A gap before it is filled by HTTP. */
  take(message: Message): void {
    const gap = this.loaded.value && message.seq > this.lastSeq + 1;
    const after = this.lastSeq;
    this.#merge([message]);
    if (gap) void this.#fill(after);
  }

  takeLine(line: Line): void {
    this.#mergeLines([line]);
  }

  #page(where: { before_seq?: number; after_seq?: number }): Promise<void> {
    this.loading.value = true;
    this.problem.value = null;
    return api
      .get<HistoryPage>(`/conversations/${this.conversation_id}/messages`, { limit: PAGE, ...where })
      .then(
        (page) => {
          this.#merge(page.messages);
          this.#mergeLines(page.lines ?? []);
          if (where.after_seq === undefined) this.hasMore.value = page.has_more;
          this.loaded.value = true;
        },
        (error: unknown) => {
          this.problem.value = error instanceof Problem ? error : new Problem(0, 'gateway_unreachable', String(error));
        },
      )
      .finally(() => {
        this.loading.value = false;
      });
  }

  #fill(after_seq: number): Promise<void> {
    return (this.#filling ??= this.#page({ after_seq }).finally(() => {
      this.#filling = null;
    }));
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
