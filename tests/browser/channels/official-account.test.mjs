// 公众号: follow, a code with a scene, the menu, words and pictures, a specialist.
import assert from 'node:assert/strict';
import { channel, converse, handOff } from '../kit/channel.mjs';

const story = channel('official-account');

story('a follower of an official account converses with words and pictures, and adds a specialist', async (given) => {
  const { agent, phone, shot } = given;
  await phone.visit('公众号');
  await shot('page');
  await phone.place.getByRole('button', { name: '关注公众号' }).click();
  await phone.sees('您好，想了解什么？');
  await converse(given, '新茶到店了吗？', '到了，今天试饮。');
  await agent.cameFrom('关注公众号');
  await agent.page.locator('.credit').waitFor();
  await handOff(given);
});

story('a code scanned in the shop and a tap on the menu tell the agent where the customer stands', async ({ agent, phone, shot, desk }) => {
  await phone.visit('公众号');
  await phone.place.getByRole('button', { name: 'store-17' }).click();
  await phone.sees('您好，想了解什么？');
  await phone.say('二楼在办活动吗？');
  await agent.open('二楼在办活动吗？');
  await agent.sees('二楼在办活动吗？');
  await agent.cameFrom('store-17');
  await shot('scene');
  await agent.say('在，三点开始。');
  await phone.sees('在，三点开始。');
  const sheet = agent.page.getByRole('dialog', { name: '发卡片' });
  await agent.page.getByRole('button', { name: '发卡片' }).click();
  assert.equal(await sheet.getByRole('button', { name: '位置' }).count(), 0, 'an official account carries no place');
  await sheet.getByLabel('标题').fill('今天的活动');
  await sheet.getByLabel('网址', { exact: true }).fill('https://example.com/today');
  await sheet.getByLabel('图片网址').fill('https://example.com/today.png');
  await sheet.getByRole('button', { name: '发送卡片' }).click();
  await phone.log.locator('.nw', { hasText: '今天的活动' }).waitFor();

  const menu = phone.screen.locator('.mbar');
  await menu.getByRole('button', { name: '服务' }).click();
  await menu.getByRole('button', { name: '售后' }).click();
  await phone.screen.getByText('你点了菜单「售后」').waitFor();
  await phone.say('杯子到手有裂纹');
  await agent.sees('杯子到手有裂纹');
  await shot('menu');
  const { items } = await desk.get('/conversations?view=mine&limit=50');
  assert.equal(items.filter((one) => one.last.preview.includes('杯子到手有裂纹')).length, 1, 'one person, one conversation');
});

story('who leaves an official account is said to have left before anybody writes, and is answered when they are back', async ({ agent, phone, shot }) => {
  await phone.enter('公众号');
  await phone.say('我先走了');
  await agent.open('我先走了');
  await agent.sees('我先走了');
  await phone.screen.getByRole('button', { name: '更多', exact: true }).click();
  await phone.sheet.getByRole('button', { name: '不再关注' }).click();
  await phone.screen.getByRole('button', { name: '关注公众号' }).waitFor();
  await agent.page.locator('.comp .cannot').getByText('客户已取消关注').waitFor();
  await shot('left');
  await phone.screen.getByRole('button', { name: '关注公众号' }).click();
  await agent.field.waitFor();
  await agent.say('欢迎回来，留个电话好吗？');
  await phone.sees('欢迎回来，留个电话好吗？');
});
