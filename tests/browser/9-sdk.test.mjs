// The SDK as it is packed, in plain node, against a real gateway: as an app would use it.
import assert from 'node:assert/strict';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { until } from './kit/browser.mjs';
import { Demo } from './kit/demo.mjs';

const modules = createRequire(new URL('../../crates/web/ui/package.json', import.meta.url));
const { visitorClient } = await import(new URL('../../crates/web/ui/dist/sdk/index.js', import.meta.url));
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
  const client = visitorClient({ origin: demo.url, entryPoint: door.id, app: { screen: '订单详情', version: '5.2.1' }, ...options, env: { socket: (url) => new WebSocket(url), ...env } });
  running.push(client);
  client.start();
  return client;
}

/** What the brand's own server says of a user. */
function word(sub, key) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub, exp: Math.floor(Date.now() / 1000) + 600 })}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

/** A server of the brand's that keeps what webhooks told it. */
async function receiver() {
  const told = [];
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      told.push({ signature: request.headers['kefu-signature'], raw: Buffer.concat(chunks) });
      response.writeHead(204).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A story that fails does not keep the run from ending.
  server.unref();
  return { told, url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

const texts = (client) => client.state.messages.filter((m) => m.origin === 3).map((m) => m.text.content);
const online = (client, via) => until(`online by ${via}`, () => client.state.link.via === via);

/** What the gateway has of a customer, as an administrator reads it. */
async function filed(text) {
  // The search may lag behind what is filed.
  const found = await until(`${text} is found`, async () => {
    const { messages } = await admin.get(`/search?q=${encodeURIComponent(text)}`);
    return messages.length && messages;
  });
  const threads = new Set(found.map((one) => one.conversation_id));
  assert.equal(threads.size, 1, `${text} stands in one conversation`);
  const [id] = threads;
  const card = await admin.get(`/conversations/${id}`);
  const { messages } = await admin.get(`/conversations/${id}/messages?limit=100`);
  return { card, texts: messages.filter((m) => m.origin === 3).map((m) => m.text.content) };
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

/** Answers as whoever has the conversation; one that waits is taken by the first agent. */
async function answer(conversation, text) {
  const { session } = await admin.get(`/conversations/${conversation}`);
  const { items } = await admin.get('/agents');
  const holder = items.find((one) => one.id === session.servicer_userid);
  const agent = await demo.as(holder?.account ?? 'linzhixia');
  if (session.service_state !== 3) await agent.post(`/sessions/${session.session_id}/accept`);
  return (words) => agent.post(`/conversations/${conversation}/messages`, { client_msg_id: `r-${Math.random().toString(36).slice(2)}`, msgtype: 'text', text: { content: words ?? text } });
}

test('words that lie unread after the app was closed reach the brand, signed, with its own user id', { timeout: 90_000 }, async () => {
  const brand = await receiver();
  const hook = await admin.post('/webhooks', { name: 'App 推送', url: brand.url, away_s: 1, entry_point_ids: [door.id] });
  const { key } = await admin.post('/brand/identity-key');
  const client = visitor();
  client.identify(word('u-7', key));
  client.sendText('到哪了 hk5');
  await until('it is acknowledged', () => client.state.pending.length === 0);
  const { card } = await filed('到哪了 hk5');
  const say = await answer(card.conversation_id);
  await say('在查，看着呢');
  await until('it is there', () => client.state.messages.some((m) => m.text?.content === '在查，看着呢'));
  client.markRead();
  client.stop();
  await say('今天发出');
  await say('明天到');
  await until('the brand is told', () => brand.told.length > 0);
  const [{ signature, raw }] = brand.told;
  const [t, v1] = signature.split(',').map((part) => part.slice(part.indexOf('=') + 1));
  const mine = createHmac('sha256', hook.secret).update(`${t}.${raw}`).digest();
  assert.ok(timingSafeEqual(mine, Buffer.from(v1, 'hex')), 'the signature verifies as the page says');
  const event = JSON.parse(raw);
  assert.deepEqual([event.event, event.user_id, event.unread, event.message.preview], ['message.away', 'u-7', 2, '明天到']);
  assert.equal(brand.told.length, 1);
  brand.close();
});

test('a visitor goes on in WeChat: the same customer, the same conversation, answered there', { timeout: 90_000 }, async () => {
  const { items } = await admin.get('/entry-points');
  const kf = items.find((one) => one.channel === 'wecom_kf');
  const site = await admin.post('/entry-points', { open_kfid: kf.open_kfid, channel: 'app', name: '接着聊' });
  const client = visitor({ entryPoint: site.id });
  client.sendText('网页上说的 cw9');
  await until('it is acknowledged', () => client.state.pending.length === 0 && client.state.kf);
  assert.equal(client.state.kf.continue, true);
  const over = await (await client.acts()).carryOver();
  assert.match(over.qr_svg, /<svg/);
  await demo.sim('enter', { customer: 'carrie', link: over.url });
  await demo.sim('say', { customer: 'carrie', text: '换微信说 cw9' });
  const both = await until('both stand in one conversation', async () => {
    const found = await filed('换微信说 cw9');
    return found.texts.length === 2 && found;
  });
  assert.deepEqual(both.texts, ['网页上说的 cw9', '换微信说 cw9']);
  assert.equal(both.card.entry.channel, 'wecom_kf');
  // Whoever scans a code need not be who showed it: an anonymous app reads no further.
  await until('the app is told', () => client.state.link.reason === 'continued');
  assert.ok(!texts(client).includes('换微信说 cw9'));
  const say = await answer(both.card.conversation_id);
  await say('好，微信里接着说');
  await until('it arrives in WeChat', async () => JSON.stringify(await demo.sim('screen?customer=carrie')).includes('好，微信里接着说'));
  // The same code again, by a friend: a plain link into a thread of their own.
  await demo.sim('enter', { customer: 'friend', link: over.url });
  await demo.sim('say', { customer: 'friend', text: '我是朋友 cw9' });
  await until('the friend is somebody else', async () => (await filed('我是朋友 cw9')).texts.length === 1);
});
