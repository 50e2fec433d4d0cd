// @vitest-environment node
// The client where there is no browser: no window, no document, no localStorage.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type VisitorClient, visitorClient } from './index.ts';
import './poll.ts';
import { FakeGateway, MemoryStorage } from './test/gateway.ts';

const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);
let gateway: FakeGateway;
const running: VisitorClient[] = [];
const begin = <T extends VisitorClient>(client: T): T => {
  running.push(client);
  client.start();
  return client;
};

beforeEach(() => {
  vi.useFakeTimers();
  gateway = new FakeGateway();
});
afterEach(() => {
  for (const client of running.splice(0)) client.stop();
  vi.useRealTimers();
});

it('has nothing of a page', () => {
  expect([typeof window, typeof document]).toEqual(['undefined', 'undefined']);
});

it('takes network, storage and clock from its surroundings where none are given', async () => {
  const { fetch } = gateway.env();
  vi.stubGlobal('fetch', fetch);
  vi.stubGlobal('WebSocket', undefined);
  const client = begin(visitorClient({ origin: 'http://gateway', entryPoint: 'ep' }));
  client.sendText('没有套接字');
  await wait(5_000);
  expect(client.state.link).toEqual({ status: 'online', via: 'poll' });
  expect(gateway.texts()).toEqual(['没有套接字']);
  expect(client.state.pending).toEqual([]);
  vi.unstubAllGlobals();
});

it('tells the gateway its deep link and its facts', async () => {
  const client = visitorClient({ origin: 'http://gateway', entryPoint: 'ep', campaign: 'spring', app: { screen: 'order', version: '5.2.1' }, env: gateway.env() });
  client.setAttributes({ plan: 'gold' });
  begin(client);
  await wait(50);
  expect(gateway.opens).toEqual([{ entry_point_id: 'ep', campaign: 'spring', app: { screen: 'order', version: '5.2.1' }, attributes: { plan: 'gold' } }]);
});

it('keeps its promises over a stop', async () => {
  const storage = new MemoryStorage();
  const make = () => visitorClient({ origin: 'http://gateway', entryPoint: 'ep', env: gateway.env({ storage: () => storage }) });
  gateway.swallowAcks = 1;
  const first = begin(make());
  const heard: string[] = [];
  first.on('message', (message) => heard.push(message.text?.content ?? ''));
  await wait(50);
  first.sendText('一次');
  gateway.tell('在');
  await wait(2_000);
  first.stop();
  gateway.write('你不在时说的');
  const second = begin(make());
  second.sendText('两次');
  await wait(2_000);
  expect(gateway.texts().filter((text) => text === '一次')).toHaveLength(1);
  expect(second.state.messages.map((m) => m.text?.content)).toEqual(gateway.texts());
  expect(second.state.pending).toEqual([]);
  expect(heard).toEqual(['在']);
});

it('knows who a signed identity speaks of, in any script', async () => {
  const word = (sub: string) => `x.${Buffer.from(JSON.stringify({ sub })).toString('base64url')}.y`;
  const client = begin(visitorClient({ origin: 'http://gateway', entryPoint: 'ep', env: gateway.env() }));
  client.identify(word('周砚🍵'));
  await wait(50);
  client.sendText('是我');
  await wait(50);
  const opens = gateway.opens.length;
  client.identify(`${word('周砚🍵')}z`);
  await wait(50);
  expect(client.state.messages).toHaveLength(1);
  expect(gateway.opens).toHaveLength(opens);
  client.identify(word('林知夏'));
  await wait(50);
  expect(gateway.opens.at(-1)).not.toHaveProperty('token');
});

it('does not send half of a character', async () => {
  const client = begin(visitorClient({ origin: 'http://gateway', entryPoint: 'ep', env: gateway.env() }));
  client.sendText('茶\ud83c');
  client.sendText('茶🍵');
  await wait(100);
  expect(gateway.texts()).toEqual(['茶\ufffd', '茶🍵']);
});
