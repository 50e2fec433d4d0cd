import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Line, Message } from '../net/protocol';
import { buildRows, unreadAfter } from './rows';
import { mergeMessages, Thread } from './thread';

const T0 = new Date(2026, 2, 26, 10, 0).getTime();
const msg = (seq: number, more: Partial<Message> = {}): Message => ({ msgid: `c-${seq}`, conversation_id: 'c', seq, rev: 0, origin: 3, sent_at: T0 + seq * 10_000, msgtype: 'text', text: { content: `m${seq}` }, ...more });
const seqs = (list: Message[]) => list.map((m) => m.seq);

describe('merging', () => {
  test('orders by seq, keeps one of each, and the larger rev wins', () => {
    const have = [msg(1), msg(2, { rev: 3 })];
    const merged = mergeMessages(have, [msg(4), msg(3), msg(2, { rev: 2 }), msg(1, { rev: 5, recalled: true })]);
    expect(seqs(merged)).toEqual([1, 2, 3, 4]);
    expect(merged[0]!.recalled).toBe(true);
    expect(merged[1]!.rev).toBe(3);
  });
  test('what is already known changes nothing at all', () => {
    const have = [msg(1), msg(2)];
    expect(mergeMessages(have, [msg(1), msg(2)])).toBe(have);
  });
  test('the ack is replaced by the true message and keeps the id of its sender', () => {
    const [m] = mergeMessages([msg(1, { rev: -1, client_msg_id: 'x', delivery: 'pending' })], [msg(1, { delivery: 'sent' })]);
    expect(m).toMatchObject({ rev: 0, delivery: 'sent', client_msg_id: 'x' });
  });
});

describe('a thread', () => {
  afterEach(() => vi.unstubAllGlobals());
  const serve = (pages: object[]) => {
    const asked: string[] = [];
    vi.stubGlobal('fetch', async (url: string) => {
      asked.push(url);
      return new Response(JSON.stringify(pages.shift()), { headers: { 'content-type': 'application/json' } });
    });
    return asked;
  };

  test('fills a gap that a live message leaves', async () => {
    const asked = serve([
      { epoch: 'e', messages: [msg(1), msg(2)], lines: [], has_more: false },
      { epoch: 'e', messages: [msg(3), msg(4), msg(5)], lines: [], has_more: false },
    ]);
    const thread = new Thread('c');
    await thread.open();
    thread.take(msg(5));
    await vi.waitFor(() => expect(seqs(thread.messages.value)).toEqual([1, 2, 3, 4, 5]));
    expect(asked[1]).toContain('after_seq=2');
  });

  test('a gap wider than a page is filled whole, and until then a new connection goes on before it', async () => {
    const asked = serve([
      { epoch: 'e', messages: [msg(1), msg(2)], lines: [], has_more: false },
      { epoch: 'e', messages: [msg(3), msg(4)], lines: [], has_more: true },
      { epoch: 'e', messages: [msg(5), msg(6)], lines: [], has_more: true },
    ]);
    const thread = new Thread('c');
    await thread.open();
    thread.take(msg(7));
    expect([thread.head, thread.lastSeq]).toEqual([2, 7]);
    await vi.waitFor(() => expect(seqs(thread.messages.value)).toEqual([1, 2, 3, 4, 5, 6, 7]));
    expect(thread.head).toBe(7);
    expect(asked).toHaveLength(3);
  });

  test('a hole that the server has too is asked for once and not for ever', async () => {
    const asked = serve([
      { epoch: 'e', messages: [msg(1)], lines: [], has_more: false },
      { epoch: 'e', messages: [msg(5)], lines: [], has_more: false },
    ]);
    const thread = new Thread('c');
    await thread.open();
    thread.take(msg(5));
    await vi.waitFor(() => expect(thread.head).toBe(5));
    thread.take(msg(6));
    expect(thread.head).toBe(6);
    expect(asked).toHaveLength(2);
  });

  test('reaching back while a page is on its way waits for that page', async () => {
    let answer: (page: Response) => void = () => undefined;
    const pages = [{ epoch: 'e', messages: [msg(3), msg(4)], lines: [], has_more: true }];
    let asked = 0;
    vi.stubGlobal('fetch', () => {
      asked += 1;
      const page = pages.shift();
      return page ? Promise.resolve(Response.json(page)) : new Promise<Response>((resolve) => (answer = resolve));
    });
    const thread = new Thread('c');
    await thread.open();
    void thread.older();
    const reached = thread.reach(1);
    await new Promise((r) => setTimeout(r));
    answer(Response.json({ epoch: 'e', messages: [msg(1), msg(2)], lines: [], has_more: false }));
    await reached;
    expect(seqs(thread.messages.value)).toEqual([1, 2, 3, 4]);
    expect(asked).toBe(2);
  });

  test('goes back page by page and stops at the beginning', async () => {
    const asked = serve([
      { epoch: 'e', messages: [msg(3), msg(4)], lines: [], has_more: true },
      { epoch: 'e', messages: [msg(1), msg(2)], lines: [], has_more: false },
    ]);
    const thread = new Thread('c');
    await thread.reach(1);
    expect(seqs(thread.messages.value)).toEqual([1, 2, 3, 4]);
    await thread.older();
    expect(asked).toHaveLength(2);
    expect(asked[1]).toContain('before_seq=3');
  });

  test('a failure is kept as one and nothing else is lost', async () => {
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('no network');
    });
    const thread = new Thread('c');
    await thread.open();
    expect(thread.problem.value).toMatchObject({ code: 'gateway_unreachable' });
    expect(thread.loaded.value).toBe(false);
  });
});

describe('rows', () => {
  const kinds = (rows: ReturnType<typeof buildRows>) => rows.map((r) => (r.kind === 'message' ? `${r.message.seq}${r.first ? '(' : ''}${r.last ? ')' : ''}` : r.kind));

  test('bubbles of one speaker stand together; another speaker, a pause or a note part them', () => {
    const note: Line = { conversation_id: 'c', no: 1, after_seq: 3, kind: 'note', text: 'n', sent_at: T0 + 35_000 };
    const rows = buildRows([msg(1), msg(2), msg(3, { origin: 5 }), msg(4, { origin: 5 }), msg(5, { origin: 5, sent_at: T0 + 20 * 60_000 })], [note], []);
    expect(kinds(rows)).toEqual(['day', '1(', '2)', '3()', 'line', '4()', '5()']);
  });

  test('each day has its heading and the unread mark stands once', () => {
    const rows = buildRows([msg(1), msg(2, { sent_at: T0 + 86_400_000 }), msg(3, { sent_at: T0 + 86_400_001 })], [], [], { after_seq: 1, count: 2 });
    expect(kinds(rows)).toEqual(['day', '1()', 'day', 'unread', '2(', '3)']);
  });

  test('what waits stands at the end until it is filed, under the same key', () => {
    const entry = { id: 'x', conversation_id: 'c', written_at: T0 + 60_000, frame: { op: 'send' }, state: 'sending' as const };
    expect(buildRows([msg(1)], [], [entry]).at(-1)).toMatchObject({ kind: 'pending', key: 'x' });
    const filed = buildRows([msg(1), msg(2, { origin: 5, client_msg_id: 'x' })], [], [entry]);
    expect(filed.filter((r) => r.key === 'x')).toHaveLength(1);
    expect(filed.at(-1)).toMatchObject({ kind: 'message', key: 'x' });
  });

  test('a note of mine whose line came before its ack stands once, and twice only if I wrote it twice', () => {
    const draft = (id: string, at: number, state: 'sending' | 'refused' = 'sending') => ({ id, conversation_id: 'c', written_at: at, frame: { op: 'note', text: '要开票' }, state });
    const line = (no: number, at: number, by = 'me'): Line => ({ conversation_id: 'c', no, after_seq: 1, kind: 'note', servicer_userid: by, text: '要开票', sent_at: at });
    const shown = (...rows: [Line[], ReturnType<typeof draft>[]]) => buildRows([msg(1)], rows[0], rows[1], undefined, 'me').filter((r) => r.kind === 'pending' || r.kind === 'line').map((r) => r.kind);
    expect(shown([line(1, T0 + 60_500)], [draft('x', T0 + 60_000)])).toEqual(['line']);
    expect(shown([line(1, T0 + 60_500)], [draft('x', T0 + 60_000), draft('y', T0 + 61_000)])).toEqual(['line', 'pending']);
    // Words of a colleague, of an hour ago, or refused ones are not the same note.
    expect(shown([line(1, T0 + 60_500, 'you')], [draft('x', T0 + 60_000)])).toEqual(['line', 'pending']);
    expect(shown([line(1, T0 - 3_600_000)], [draft('x', T0 + 60_000)])).toEqual(['line', 'pending']);
    expect(shown([line(1, T0 + 60_500)], [draft('x', T0 + 60_000, 'refused')])).toEqual(['line', 'pending']);
  });

  test('lines of history that is not loaded yet do not stand at the top', () => {
    const old: Line = { conversation_id: 'c', no: 1, after_seq: 3, kind: 'system', text: 's', sent_at: T0 };
    expect(kinds(buildRows([msg(50)], [old], []))).toEqual(['day', '50()']);
    expect(kinds(buildRows([], [old], []))).toEqual(['day', 'line']);
  });

  test('unread counts what the customer wrote, not what we answered', () => {
    const list = [msg(1), msg(2, { origin: 5 }), msg(3), msg(4, { origin: 4 }), msg(5)];
    expect(unreadAfter(list, 2)).toBe(2);
    expect(unreadAfter(list, 99)).toBe(0);
  });
});
