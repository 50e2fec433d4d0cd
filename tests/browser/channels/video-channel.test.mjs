// 视频号 through WeChat kf: home, live room, shop window, product, order, a post.
import assert from 'node:assert/strict';
import { channel, converse, handOff } from '../kit/channel.mjs';

const story = channel('video-channel');

story('a viewer of a live room converses with words and pictures, shows a post, and adds a specialist', async (given) => {
  const { agent, phone, shot } = given;
  await phone.visit('视频号直播间');
  await shot('live-page');
  await phone.place.locator('.go').click();
  await phone.sees('您好，想了解什么？');
  await phone.log.getByRole('button', { name: '商品与库存' }).click();
  await converse(given, '讲解的这盒还有吗？', '还有三十六盒。');
  await agent.cameFrom('视频号直播间');
  await phone.use('视频号动态');
  await agent.log.locator('.card', { hasText: '春茶开采的第一天' }).waitFor();
  await handOff(given);
});

for (const [source, place, words, moment] of [
  ['视频号主页', '视频号主页', '第一次来，喝什么好？', 'home'],
  ['视频号橱窗', '视频号橱窗', '橱窗里的盖碗还有吗？', 'window'],
]) {
  story(`a customer from the ${moment} of a video channel is known to come from there`, async ({ agent, phone, shot }) => {
    await phone.enter(source);
    await phone.sees('您好，想了解什么？');
    await phone.say(words);
    await agent.open(words);
    await agent.sees(words);
    await agent.cameFrom(place);
    await agent.say('您稍等，我看看。');
    await phone.sees('您稍等，我看看。');
    await shot(moment);
  });
}

story('a product page and an order page bring their cards into one conversation of one customer', async ({ agent, phone, desk, shot }) => {
  await phone.enter('微信小店商品页');
  await phone.log.locator('.ln.me .pc', { hasText: '¥1,280' }).waitFor();
  await phone.say('礼盒里有几罐？');
  await agent.open('礼盒里有几罐？');
  await agent.cameFrom('视频号小店商品页');
  await agent.log.locator('.goods', { hasText: '明前西湖龙井礼盒' }).getByText('¥1,280').waitFor();
  await shot('product');
  await agent.say('两罐。');
  await phone.sees('两罐。');
  await phone.enter('微信小店订单页');
  await phone.log.locator('.ln.me .pc', { hasText: '待收货' }).waitFor();
  await phone.say('这单呢？');
  await agent.sees('这单呢？');
  await agent.log.locator('.goods', { hasText: '武夷岩茶 大红袍 100g 等 2 件' }).waitFor();
  await shot('order');
  const { items } = await desk.get('/conversations?view=mine&limit=50');
  assert.equal(items.filter((one) => one.last.preview.includes('这单呢？')).length, 1, 'one person, one conversation');
});
