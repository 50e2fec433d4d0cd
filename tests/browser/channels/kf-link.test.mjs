// 微信客服 by link and search: scene, every tool of the phone, recalls, credits, a fan group.
import { channel, converse, handOff } from '../kit/channel.mjs';

const story = channel('kf-link');

story('a customer from a printed code converses with words and pictures, and adds a specialist', async (given) => {
  const { agent, phone, shot } = given;
  await phone.visit('客服链接或二维码');
  await shot('page');
  await phone.place.locator('.go').click();
  await phone.sees('您好，想了解什么？');
  await converse(given, '包裹到哪里了？', '今天下午到。');
  await agent.cameFrom('waybill');
  await agent.page.locator('.credit').getByText(/ 条/).waitFor();
  await handOff(given);
});

story('whatever the phone can send is seen, and what is taken back is gone', async ({ agent, phone, shot }) => {
  await phone.enter('客服链接或二维码');
  await phone.sees('您好，想了解什么？');
  await phone.say('都发给您看看');
  await agent.open('都发给您看看');
  for (const [tool, card, words] of [
    ['位置', '.filec', '龙坞茶镇'],
    ['商品', '.goods', '明前西湖龙井礼盒'],
    ['订单', '.goods', '武夷岩茶'],
    ['小程序', '.linkc', '我的订单'],
    ['链接', '.linkc', '怎么分辨明前茶和雨前茶'],
    ['视频号动态', '.filec', '春茶开采的第一天'],
    ['聊天记录', '.merged', '谁喝过他家的龙井'],
  ]) {
    await phone.use(tool);
    await agent.log.locator(card, { hasText: words }).first().waitFor();
  }
  await phone.use('语音');
  await agent.log.locator('.msg-row', { hasText: /语音|0:0|″/ }).last().waitFor();
  await shot('every-type');

  await phone.say('说错了');
  await agent.sees('说错了');
  await phone.line('说错了').locator('.own .bub').click();
  await phone.line('说错了').getByRole('button', { name: '撤回' }).click();
  await phone.log.getByText('你撤回了一条消息').waitFor();
  await agent.log.getByText(/撤回/).first().waitFor();
  await agent.message('说错了').waitFor({ state: 'detached' });
  await shot('recalled');
});

story('someone who found the account by search converses and joins the fan group', async ({ agent, phone, shot }) => {
  await phone.enter('搜一搜');
  await phone.sees('您好，想了解什么？');
  await phone.say('有茶友群吗？');
  await agent.open('有茶友群吗？');
  await agent.sees('有茶友群吗？');
  await agent.cameFrom('搜一搜');
  await agent.say('有的，请扫码。');
  await phone.sees('有的，请扫码。');
  await agent.offer('粉丝群');
  await phone.openCard();
  await phone.sheet.getByRole('button', { name: '加入群聊' }).click();
  await agent.step('已进群');
  await shot('group');
});
