// The SDK as it is packed, in plain node, against a real gateway: as an app would use it.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { until } from './kit/browser.mjs';
import { Demo } from './kit/demo.mjs';

const modules = createRequire(new URL('../../crates/web/ui/package.json', import.meta.url));
const { VisitorClient } = await import(new URL('../../crates/web/ui/dist/sdk/index.js', import.meta.url));
const { WebSocket } = modules('ws');

let demo;
let admin;
let door;
const running = [];

before(async () => {
  demo = await Demo.start();
  admin = await demo.as('admin');
  const { items } = await admin.get('/kf-accounts');
  door = await admin.post('/entry-points', { open_kfid: items[0].id, channel: 'app', name: '溪山 App' });
}, { timeout: 60_000 });
after(async () => {
  for (const client of running) client.stop();
  await demo.stop();
}, { timeout: 30_000 });

function visitor(options = {}, env = {}) {
  const client = new VisitorClient({ origin: demo.url, entryPoint: door.id, app: { screen: '订单详情', version: '5.2.1' }, ...options, env: { socket: (url) => new WebSocket(url), ...env } });
  running.push(client);
  client.start();
  return client;
}

const texts = (client) => client.state.messages.filter((m) => m.origin === 3).map((m) => m.text.content);
const online = (client, via) => until(`online by ${via}`, () => client.state.link.via === via);

/** What the gateway has of a customer, as an administrator reads it. */
async function filed(text) {
  // The search may lag behind what is filed.
  const items = await until(`${text} is found`, async () => {
    const found = await admin.get(`/conversations?q=${encodeURIComponent(text)}`);
    return found.items.length && found.items;
  });
  assert.equal(items.length, 1, `${text} stands in one conversation`);
  const { messages } = await admin.get(`/conversations/${items[0].conversation_id}/messages`);
  return { card: items[0], texts: messages.filter((m) => m.origin === 3).map((m) => m.text.content) };
}

test('an app says all it has to say once and in order, although the gateway dies twice', { timeout: 120_000 }, async () => {
  const client = visitor();
  await online(client, 'socket');
  const said = Array.from({ length: 40 }, (_, n) => `第${n}句 kx7`);
  for (const [n, text] of said.entries()) {
    assert.ok(client.sendText(text));
    if (n === 10 || n === 25) {
      await demo.kill();
      await demo.start();
    }
  }
  await until('everything is acknowledged', () => client.state.pending.length === 0);
  assert.deepEqual(texts(client), said);
  const { card, texts: stored } = await filed('第0句 kx7');
  assert.deepEqual(stored, said);
  assert.deepEqual([card.entry.channel, card.entry.source.kind, card.entry.source.title], ['app', 'app', '订单详情']);
});

test('without sockets it says and hears the same by the long poll', { timeout: 60_000 }, async () => {
  const client = visitor({}, { socket: () => { throw new Error('no sockets here'); } });
  await online(client, 'poll');
  client.sendText('没有套接字 qz3');
  await until('it is acknowledged', () => client.state.pending.length === 0);
  assert.deepEqual((await filed('没有套接字 qz3')).texts, ['没有套接字 qz3']);
});

test('a signed user finds their thread on another device, and a forged one finds nothing', { timeout: 60_000 }, async () => {
  const { key } = await admin.post('/brand/identity-key');
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const word = (sub, secret) => {
    const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub, exp: Math.floor(Date.now() / 1000) + 600 })}`;
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  };
  const phone = visitor();
  phone.identify(word('u-8802', key));
  phone.sendText('在手机上说的 vv1');
  await until('it is acknowledged', () => phone.state.pending.length === 0);
  const tablet = visitor();
  tablet.identify(word('u-8802', key));
  await until('the thread is there', () => texts(tablet).includes('在手机上说的 vv1'));
  const thief = visitor();
  thief.identify(word('u-8802', 'a guess'));
  await until('it is refused', () => thief.state.link.status === 'stopped');
  assert.deepEqual([thief.state.link.reason, texts(thief)], ['identity', []]);
});
