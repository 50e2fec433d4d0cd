import { expect, it, vi } from 'vitest';
import type { Message, VisitorClient } from '../sdk/index.ts';
import { page, save } from './transcript.ts';
import { zh as said } from './words.cards.ts';
import { zh } from './words.ts';

const message = (seq: number, origin: 3 | 4 | 5, more: Partial<Message> = {}): Message => ({
  msgid: `c-${seq}`, seq, rev: 0, origin, sent_at: Date.UTC(2026, 3, 2, 4, 5), msgtype: 'text', text: { content: `m${seq}` }, ...(origin === 5 ? { name: '林知夏' } : {}), ...more,
});
const read = (html: string) => new DOMParser().parseFromString(html, 'text/html');

it('says who wrote what and when, and nothing that was written becomes markup', () => {
  const evil = '<script>alert(1)</script><img src=x onerror=alert(1)>&"';
  const html = page([message(1, 3, { text: { content: evil } }), message(2, 5, { name: '<b>夏</b>' }), message(3, 4, { msgtype: 'event', event: { event_type: 'moon_rose' } }), message(4, 5, { recalled: true, text: { content: '秘密' } })], '溪山<i>', false, zh, said);
  const found = read(html);
  expect(found.querySelectorAll('script, img, i')).toHaveLength(0);
  const lines = [...found.querySelectorAll('p')].map((line) => line.textContent);
  expect(lines).toHaveLength(3);
  expect(lines[0]).toContain(evil);
  expect(lines[0]).toContain('客户');
  expect(lines[1]).toContain('<b>夏</b>');
  expect(found.querySelector('time')?.getAttribute('datetime')).toBe('2026-04-02T04:05:00.000Z');
  expect(html).not.toContain('秘密');
});

it('fetches all of a long conversation, and stops at its bound', async () => {
  const asked: number[] = [];
  const client = (head: number) => ({
    state: { kf: { name: '溪山/茶社' }, messages: [message(head, 3)] },
    acts: async () => ({
      history: async (before: number, limit: number) => {
        asked.push(before);
        return Array.from({ length: Math.min(limit, before - 1) }, (_, n) => message(before - Math.min(limit, before - 1) + n, 3));
      },
    }),
  }) as unknown as VisitorClient;
  let made = new Blob();
  vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => ((made = blob as Blob), 'blob:x'));
  const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => {});
  await save(client(151), zh, said);
  expect(asked).toEqual([151, 51]);
  expect(read(await made.text()).querySelectorAll('time')).toHaveLength(151);
  expect((click.mock.contexts[0] as HTMLAnchorElement).download).toBe('与溪山 茶社的聊天记录.html');

  await save(client(5_000), zh, said);
  const long = read(await made.text());
  expect(long.querySelectorAll('time')).toHaveLength(2_000);
  expect(long.body.textContent).toContain(said.transcriptCut(2_000));
});
