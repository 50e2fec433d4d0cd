// 微信客服 by link and search: scene, every tool of the phone, recalls, credits, a fan group.
import assert from 'node:assert/strict';
import { channel, converse, handOff, picture } from '../kit/channel.mjs';

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

story('cards that an agent writes arrive as cards, and a menu is tapped', async ({ agent, phone, shot }) => {
  await phone.enter('客服链接或二维码');
  await phone.say('有冲泡指南吗？');
  await agent.open('有冲泡指南吗？');
  await agent.sees('有冲泡指南吗？');
  await agent.page.keyboard.press('Alt+KeyG');
  const sheet = agent.page.getByRole('dialog', { name: '发卡片' });
  await sheet.getByLabel('标题').fill('三分钟学会冲泡');
  await sheet.getByRole('button', { name: '发送卡片' }).click();
  await sheet.locator('.field-fault', { hasText: '还没填' }).waitFor();
  // What is begun is kept with the conversation.
  await agent.page.reload();
  await agent.sees('有冲泡指南吗？');
  await agent.page.getByRole('button', { name: '发卡片' }).click();
  assert.equal(await sheet.getByLabel('标题').inputValue(), '三分钟学会冲泡');
  await sheet.getByLabel('网址').fill('https://example.com/brew');
  await sheet.getByLabel('描述').fill('水温、时间、比例');
  await sheet.getByText('选一张图片').locator('input').setInputFiles(picture);
  await sheet.locator('img').waitFor();
  await sheet.getByRole('button', { name: '发送卡片' }).click();
  await sheet.waitFor({ state: 'hidden' });
  await agent.log.locator('.linkc', { hasText: '三分钟学会冲泡' }).waitFor();
  await phone.log.locator('.ln:not(.me) .pc', { hasText: '水温、时间、比例' }).locator('img').waitFor();

  // The same by typing, without a mouse.
  await agent.field.fill('/菜单');
  await agent.page.getByRole('option', { name: /菜单/ }).waitFor();
  await agent.field.press('Enter');
  await sheet.getByLabel('菜单上方的话').fill('还想了解什么？');
  await sheet.getByLabel('选项 1', { exact: true }).fill('绿茶怎么泡');
  await sheet.getByLabel('选项 2', { exact: true }).fill('去官网看看');
  await sheet.getByLabel('选项 2 打开的网址').fill('https://example.com/');
  await sheet.getByRole('button', { name: '发送卡片' }).click();
  await sheet.waitFor({ state: 'hidden' });
  assert.equal(await agent.field.inputValue(), '', 'what opened the sheet is gone');
  await phone.log.locator('.mn', { hasText: '还想了解什么？' }).getByRole('button', { name: '绿茶怎么泡' }).click();
  await agent.message('绿茶怎么泡').locator('.tapped').waitFor();
  await shot('cards');
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
