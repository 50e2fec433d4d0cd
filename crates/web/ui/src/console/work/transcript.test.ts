import { expect, test, vi } from 'vitest';
import type { Conversation, Message } from '../net/protocol';
import { api } from '../net/api';
import { Thread } from '../state/thread';
import { save } from './transcript';

const message = (seq: number, more: object = {}) => ({ msgid: `c-${seq}`, seq, rev: seq, origin: 3, sent_at: Date.UTC(2026, 3, 2, 4, 5), msgtype: 'text', text: { content: `m${seq}` }, ...more }) as unknown as Message;
const customer = { customer: { name: '周/岚' } } as Conversation;

async function saved(pages: { messages: Message[]; lines?: object[]; has_more: boolean }[]) {
  vi.spyOn(api, 'get').mockImplementation(async () => ({ epoch: 'e', lines: [], ...pages.shift() }) as never);
  let made = new Blob();
  vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => ((made = blob as Blob), 'blob:x'));
  const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => {});
  await save(customer, new Thread('c1'), '林知夏');
  return { page: new DOMParser().parseFromString(await made.text(), 'text/html'), name: (click.mock.contexts[0] as HTMLAnchorElement).download };
}

test('everything that was said is in one file, from the first word on', async () => {
  const { page, name } = await saved([
    { messages: [message(3, { origin: 5, text: { content: '<b>好的</b>' } }), message(4, { recalled: true, text: { content: '秘密' } })], has_more: true },
    { messages: [message(1), message(2, { origin: 5, name: '陈默', text: { content: '在', quote: { preview: 'm1' } } })], has_more: false },
  ]);
  const lines = [...page.querySelectorAll('p')].map((line) => line.textContent);
  expect(lines).toHaveLength(4);
  expect(lines[0]).toContain('周/岚');
  expect(lines[1]).toMatch(/陈默.*「m1」在/);
  expect(lines[2]).toMatch(/林知夏.*<b>好的<\/b>/);
  expect(page.body.textContent).not.toContain('秘密');
  expect(name).toBe('与周 岚的会话.html');
});

test('what colleagues tell each other stays with them', async () => {
  const { page } = await saved([{ messages: [message(1)], lines: [{ no: 1, after_seq: 1, sent_at: 1, kind: 'note', text: '难缠' }], has_more: false }]);
  expect(page.body.textContent).not.toContain('难缠');
});

test('a page that does not come is told', async () => {
  vi.spyOn(api, 'get').mockRejectedValue(new Error('away'));
  await expect(save(customer, new Thread('c1'), '')).rejects.toMatchObject({ code: 'gateway_unreachable' });
});
