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
  await handOff(given);
});
