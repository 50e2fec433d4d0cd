import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import './acts.ts';
import { visitorClient } from './client.ts';
import { FakeGateway } from './test/gateway.ts';

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
  const env = new FakeGateway().env();
  const fetch: typeof env.fetch = async (url, init) => {
    if (!String(url).endsWith('/media')) return env.fetch(url, init);
    return answers[Math.min(asked++, answers.length - 1)]!.clone();
  };
  const client = visitorClient({ origin: 'http://gateway', entryPoint: 'ep', env: { ...env, fetch } });
  client.start();
  await vi.advanceTimersByTimeAsync(100);
  client.sendFile(new File(['leaf'], 'leaf.png', { type: 'image/png' }));
  await vi.advanceTimersByTimeAsync(60_000);
  client.stop();
  const { pending, messages } = client.state;
  return { asked, entry: pending[0], sent: messages.map(({ msgtype }) => msgtype) };
}
const refusal = (status: number, code: string, after: number) => new Response(JSON.stringify({ code }), { status, headers: { 'Retry-After': String(after) } });
const taken = new Response('{"media_id":"m1"}');

it('is tried again after a short pause', async () => {
  expect(await upload(refusal(503, 'overloaded', 2), taken)).toEqual({ asked: 2, entry: undefined, sent: ['image'] });
});

it('is told at once that the hour\u2019s share is used', async () => {
  expect(await upload(refusal(429, 'rate_limited', 3600), taken)).toMatchObject({ asked: 1, entry: { state: 'failed', code: 'rate_limited' } });
});
