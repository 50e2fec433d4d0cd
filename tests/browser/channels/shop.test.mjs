// 微信小店 with its self-built customer service: product and order cards, words and pictures.
import { channel, converse, handOff } from '../kit/channel.mjs';

const story = channel('shop');

story('a buyer at a WeChat shop asks about goods, then about an order whose number is larger than a browser counts', async (given) => {
  const { agent, phone, shot } = given;
  await phone.visit('微信小店自建客服');
  await shot('page');
  await phone.place.getByRole('button', { name: '咨询这件商品' }).click();
  await phone.log.locator('.ln.me .pc', { hasText: '明前西湖龙井礼盒' }).waitFor();
  await converse(given, '这盒是头采吗？', '是，三月二十六日采的。');
  await agent.cameFrom('明前西湖龙井礼盒');
  await agent.log.locator('.goods', { hasText: '明前西湖龙井礼盒' }).waitFor();

  await phone.visit('微信小店自建客服');
  await phone.place.getByRole('button', { name: '咨询这笔订单' }).click();
  await phone.log.locator('.ln.me .pc', { hasText: '3704612354559743232' }).waitFor();
  await agent.log.locator('.goods', { hasText: '武夷岩茶 大红袍 100g 等 2 件' }).getByText('3704612354559743232').waitFor();
  await agent.say('这一单今天下午送到。');
  await phone.sees('这一单今天下午送到。');
  await shot('order');

  // An agent sends goods by their number; the shop makes the card.
  await agent.page.getByRole('button', { name: '发卡片' }).click();
  const sheet = agent.page.getByRole('dialog', { name: '发卡片' });
  await sheet.getByRole('button', { name: '微信小店商品' }).click();
  await sheet.getByLabel('商品编号').fill('龙井');
  await sheet.getByRole('button', { name: '发送卡片' }).click();
  await sheet.locator('.field-fault', { hasText: '只能是数字' }).waitFor();
  await sheet.getByLabel('商品编号').fill('10000000110472');
  await sheet.getByLabel('商品名称').fill('大红袍');
  await shot('sheet');
  await sheet.getByRole('button', { name: '发送卡片' }).click();
  await sheet.waitFor({ state: 'hidden' });
  await agent.log.locator('.goods', { hasText: '大红袍' }).getByText('商品编号 10000000110472').waitFor();
  await phone.log.locator('.ln:not(.me) .pc', { hasText: '武夷岩茶 大红袍 100g' }).waitFor();
  await shot('product');
  await handOff(given);
});
