import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Files } from './files.ts';
import { Http } from './http.ts';
import { Outbox } from './outbox.ts';
import { shelf } from './storage.ts';
import { MemoryStorage } from './test/gateway.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('XMLHttpRequest', undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Uploads a file against these answers, the last one for ever; tells how often it was asked, and what became of the entry. */
async function upload(...answers: Response[]) {
  let asked = 0;
  const storage = new MemoryStorage();
  const outbox = new Outbox(shelf('test', () => storage));
  const http = new Http('http://gateway', async () => answers[Math.min(asked++, answers.length - 1)]!.clone(), () => 't1');
  const files: Files = new Files(http, outbox, (entry) => (outbox.put(entry), files.run()), () => true);
  files.add('f1', 0, new File(['leaf'], 'leaf.txt', { type: 'text/plain' }), { text_chars: 1, upload_bytes: 1000, upload_types: [] });
  await vi.advanceTimersByTimeAsync(60_000);
  return { asked, entry: outbox.get('f1') };
}
const refusal = (status: number, code: string, after: number) => new Response(JSON.stringify({ code }), { status, headers: { 'Retry-After': String(after) } });
const taken = new Response('{"media_id":"m1"}');

it('is tried again after a short pause', async () => {
  expect(await upload(refusal(503, 'overloaded', 2), taken)).toMatchObject({ asked: 2, entry: { state: 'waiting' } });
});

it('is told at once that the hour\u2019s share is used', async () => {
  expect(await upload(refusal(429, 'rate_limited', 3600), taken)).toMatchObject({ asked: 1, entry: { state: 'failed', code: 'rate_limited' } });
});
