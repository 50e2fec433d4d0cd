import { expect, test } from 'vitest';
import type { Call } from './api.ts';
import { price, silence } from './cards.ts';
import { pause, row, until } from './format.ts';
import { zh } from './words.ts';

const call = (part: Partial<Call>): Call => ({ no: 1, at: 0, way: 'call', path: 'kf/send_msg', took_us: 41_000, attempt: 1, ...part });

test('a call shows its path, its type and its code', () => {
  const sent = row(call({ errcode: 0, body: '{"msgtype":"text","text":{"content":"您好"}}', note: 'text' }), zh);
  expect(sent).toEqual({ title: 'kf/send_msg text', end: '0 · 41 ms', bad: false, note: '您好' });
  expect(row(call({ errcode: 45009, note: 'fault' }), zh)).toMatchObject({ bad: true, note: '故意的' });
  expect(row(call({ path: 'kf/sync_msg', errcode: 0, note: '2 messages, and more' }), zh).note).toBe('2 条, and more');
});

test('a callback shows its try and its state', () => {
  const body = '<xml><State><![CDATA[h_01]]></State></xml>';
  const late = row(call({ way: 'callback', path: 'change_external_contact add_external_contact', status: 500, attempt: 2, body, took_us: 5_100 }), zh);
  expect(late).toEqual({ title: 'add_external_contact', end: '500 · 5.1 ms', bad: true, note: '第 2 次 · state h_01' });
  expect(row(call({ way: 'callback' }), zh).end).toContain('没有应答');
});

test('times stand where the talk paused, and credits count down', () => {
  expect(pause(undefined, 0)).toBe(true);
  expect(pause(0, 60_000)).toBe(false);
  expect(pause(0, 300_001)).toBe(true);
  expect(until(2 * 3_600_000 + 59_000, 0)).toEqual([2, 0]);
  expect(until(0, 5_000)).toEqual([0, 0]);
});

test('prices come as text or numbers, and may be nonsense', () => {
  expect(price('128000')).toBe('¥1,280');
  expect(price(36_850)).toBe('¥368.50');
  expect(price('free')).toBe('');
});

test('the silent voice is what the platform takes for AMR', async () => {
  expect(await silence().slice(0, 5).text()).toBe('#!AMR');
});
