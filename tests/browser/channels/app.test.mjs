// An app: a screen of its own upon the SDK, the chat page in its web view, and the OpenSDK link to WeChat.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { until } from '../kit/browser.mjs';
import { channel, converse, handOff, picture } from '../kit/channel.mjs';
import { Visitor } from '../kit/visitor.mjs';

const story = channel('app');
const screen = readFileSync(new URL('../kit/app.html', import.meta.url), 'utf8');

/** Where the app's own screens come from: not from the gateway. */
async function appHost() {
  const server = createServer((_, answer) => answer.setHeader('content-type', 'text/html; charset=utf-8').end(screen)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A story that fails does not keep the run from ending.
  server.unref();
  return `http://127.0.0.1:${server.address().port}`;
}

const hand = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

story('a screen drawn by the app upon the SDK carries words and pictures both ways, with its deep link', async ({ demo, person, agent, shot }) => {
  const admin = await demo.as('admin');
  const { items } = await admin.get('/kf-accounts');
  const door = await admin.post('/entry-points', { open_kfid: items[0].id, channel: 'app', name: '溪山 App' });
  const host = await appHost();
  const site = (await admin.get('/entry-points')).items.find((one) => one.channel === 'website');
  await admin.patch(`/entry-points/${site.id}`, { website: { ...site.website, allowed_origins: [...site.website.allowed_origins, host] } });
  const app = await (await person(hand)).newPage();
  await app.goto(`${host}/?${new URLSearchParams({ origin: demo.url, door: door.id, campaign: 'spring' })}`);
  const log = app.getByRole('log');
  const say = async (words) => {
    await app.getByLabel('说点什么').fill(words);
    await app.getByRole('button', { name: '发送' }).click();
  };
  await app.locator('#state', { hasText: 'online socket' }).waitFor();
  await say('订单能改地址吗？');
  await log.locator('.me', { hasText: '订单能改地址吗？' }).waitFor();
  await agent.open('订单能改地址吗？');
  await agent.sees('订单能改地址吗？');
  await agent.cameFrom('订单详情');
  await agent.say('能，还没发出。');
  await log.getByText('能，还没发出。').waitFor();
  await app.locator('#state', { hasText: '林知夏' }).waitFor();
  await agent.message('能，还没发出。').getByText('已读').waitFor();
  await app.locator('input[type=file]').setInputFiles(picture);
  await agent.seesPicture();
  await agent.sendFile(picture);
  await log.locator(':not(.me) > img').waitFor();
  await agent.offer('服务专员');
  await log.getByText(/茶艺顾问|门店主理人|会员顾问/).waitFor();
  await shot('sdk', app);
});

story('the chat page in a web view is the same chat', async ({ demo, person, agent, shot }) => {
  const visitor = await Visitor.onChatPage(demo, await person(hand), `${demo.chat}?campaign=spring`);
  await visitor.field.waitFor();
  await visitor.say('在 App 里问一句');
  await agent.open('在 App 里问一句');
  await agent.sees('在 App 里问一句');
  await agent.say('您说。');
  await visitor.sees('您说。');
  await agent.sendFile(picture);
  const shown = visitor.log.locator('.m:not(.me) img').last();
  await until('the page has loaded the picture', () => shown.evaluate((img) => img.complete && img.naturalWidth > 0));
  await shot('web-view', visitor.page);
});

story('the OpenSDK link leads from the app into WeChat', async (given) => {
  const { agent, phone, shot } = given;
  await phone.visit('App 内客服');
  await shot('open-sdk');
  await phone.place.locator('.go').click();
  await phone.sees('您好，想了解什么？');
  await converse(given, '从 App 过来的', '欢迎。');
  await agent.cameFrom('App');
  await handOff(given);
});
