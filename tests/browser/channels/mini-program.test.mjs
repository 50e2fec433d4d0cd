// 小程序: in from the order page with its SessionFrom, words and pictures, page cards both ways.
import { channel, converse, handOff, picture } from '../kit/channel.mjs';

const story = channel('mini-program');

story('a customer from an order page of a mini-program converses, and page cards go both ways', async (given) => {
  const { agent, phone, shot } = given;
  await phone.visit('小程序');
  await shot('page');
  await phone.place.getByRole('button', { name: '联系客服', exact: true }).click();
  await phone.field.waitFor();
  await converse(given, '能改成送到公司吗？', '可以，地址发我。');
  await agent.cameFrom('order:8812');

  await phone.use('小程序');
  await agent.log.locator('.linkc', { hasText: '订单 8812：武夷岩茶 大红袍' }).locator('img').waitFor();
  await agent.page.getByRole('button', { name: '发卡片' }).click();
  const sheet = agent.page.getByRole('dialog', { name: '发卡片' });
  await sheet.getByRole('button', { name: '小程序' }).click();
  await sheet.getByLabel('标题').fill('改地址');
  await sheet.getByLabel('小程序 AppID').fill('wxkefudemomini0001');
  await sheet.getByLabel('页面路径').fill('pages/order/address?id=8812');
  await sheet.locator('input[type=file]').setInputFiles(picture);
  await sheet.locator('img').waitFor();
  await sheet.getByRole('button', { name: '发送卡片' }).click();
  await agent.log.locator('.linkc', { hasText: '改地址' }).waitFor();
  const card = phone.log.locator('.ln:not(.me) .pc', { hasText: '改地址' });
  await card.click();
  await phone.sheet.getByText('pages/order/address?id=8812').waitFor();
  await shot('page-cards');
  await phone.sheet.getByRole('button', { name: '关闭' }).click();
  await handOff(given);
});

story('a mini-program that hands out the kf link brings its order page along', async ({ agent, phone, shot }) => {
  await phone.visit('小程序');
  await phone.place.getByRole('button', { name: '转到企业的微信客服' }).click();
  await phone.sees('您好，想了解什么？');
  await phone.say('这单还没发');
  await agent.open('这单还没发');
  await agent.sees('这单还没发');
  await agent.cameFrom('小程序');
  await agent.log.locator('.linkc', { hasText: '我的订单' }).waitFor();
  await agent.say('今天发。');
  await phone.sees('今天发。');
  await shot('kf-link');
});
