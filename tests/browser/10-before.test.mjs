// Before the first message and outside hours: what is asked, what is promised, what can be taken along.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { findings } from './kit/axe.mjs';
import { stage, until } from './kit/browser.mjs';
import { Agent } from './kit/console.mjs';
import { Visitor } from './kit/visitor.mjs';

const { story } = stage();

/** Changes the demo's only kf account. */
async function face(demo, change) {
  const admin = await demo.as('admin');
  const [account] = (await admin.get('/kf-accounts')).items;
  return admin.patch(`/kf-accounts/${account.id}`, change);
}

story('an administrator sets questions, a visitor answers them once, and the agent reads the answers', async ({ demo, person }) => {
  const { page } = await Agent.at(demo, await person(), 'admin', 'settings/kf-accounts');
  await page.locator('.admin-row').first().click();
  const part = page.locator('.part', { hasText: '开始之前' });
  await part.getByLabel('第一句话之前请客户填写').check();
  await part.getByRole('button', { name: '加一个问题' }).click();
  await part.getByLabel('问什么').nth(2).selectOption('choice');
  await part.getByLabel('问题 3').fill('想问什么');
  await part.getByLabel('选项，用逗号隔开').fill('选茶，订单，售后');
  await part.getByLabel('隐私说明的网址').fill('https://xishan.example/privacy');
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByText('已保存').waitFor();

  const visitor = await Visitor.onSite(demo, await person());
  await visitor.launcher.click();
  const form = visitor.chat.getByRole('form', { name: '开始咨询' });
  await form.waitFor();
  assert.equal(await visitor.field.count(), 0, 'nothing can be said before');
  assert.deepEqual(await findings(visitor.page), []);
  await form.getByRole('button', { name: '开始咨询' }).click();
  await form.getByText('请填写', { exact: true }).waitFor();
  await form.getByText('请先勾选同意').waitFor();
  await form.getByLabel('您的称呼').fill('周砚');
  await form.getByLabel('手机号').fill('不告诉你');
  await form.getByRole('checkbox').check();
  await form.getByRole('button', { name: '开始咨询' }).click();
  await form.getByText('请填写能打通的号码').waitFor();
  await form.getByLabel('手机号').fill('138 0013 8000');
  await form.getByLabel('想问什么').selectOption('订单');
  await form.getByRole('button', { name: '开始咨询' }).click();
  await visitor.field.waitFor();
  await visitor.say('订单能改地址吗？');
  await visitor.message('订单能改地址吗？').getByText('已收到').waitFor();

  await visitor.page.reload();
  await visitor.openWidget();
  assert.equal(await form.count(), 0, 'nobody is asked twice');

  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  await agent.open('周砚');
  for (const fact of ['138 0013 8000', '订单', '同意时间', 'https://xishan.example/privacy']) await agent.panel.getByText(fact, { exact: true }).first().waitFor();

  // The hosted page asks too, in the visitor's language, and the door may be told not to.
  const english = await Visitor.onChatPage(demo, await person({ locale: 'en-GB', viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }));
  await english.chat.getByLabel('Your name').waitFor();
  assert.deepEqual(await findings(english.page), []);
  const admin = await demo.as('admin');
  const door = (await admin.get('/entry-points')).items.find((one) => one.channel === 'website');
  await admin.patch(`/entry-points/${door.id}`, { prechat_off: true });
  const passed = await Visitor.onChatPage(demo, await person());
  await passed.field.waitFor();
  await admin.patch(`/entry-points/${door.id}`, { prechat_off: false });
  await face(demo, { prechat: { enabled: false } });
});

story('outside hours the visitor learns when somebody is back, and what is promised', async ({ demo, person }) => {
  const today = new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 10);
  await face(demo, { hours: { timezone: 'Asia/Shanghai', week: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '09:00', to: '24:00' }], holidays: [today] }, texts: { promise: '上班后 30 分钟内逐条回复' } });
  const visitor = await Visitor.onChatPage(demo, await person());
  await visitor.chat.getByText('明天 9:00 回复您', { exact: true }).waitFor();
  await visitor.chat.getByText('上班后 30 分钟内逐条回复').waitFor();
  assert.equal(await visitor.field.getAttribute('placeholder'), '留言，明天 9:00 回复您');
  await visitor.say('想订 20 盒');
  await visitor.message('想订 20 盒').getByText('已收到').waitFor();
  const english = await Visitor.onChatPage(demo, await person({ locale: 'en-GB' }));
  await english.chat.getByText('We reply tomorrow from 9:00', { exact: true }).waitFor();
  await face(demo, { hours: { timezone: 'Asia/Shanghai', week: [], holidays: [] } });
});

story('a visitor takes the conversation along as a file, and speaks from a phone', async ({ demo, person }) => {
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  const visitor = await Visitor.onChatPage(demo, await person({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, permissions: ['microphone'] }));
  await visitor.field.waitFor();
  await visitor.say('<b>龙井</b>还有吗？');
  await agent.open('龙井');
  await agent.say('还有三十六罐。');
  await visitor.sees('还有三十六罐。');

  await visitor.chat.getByRole('button', { name: '更多' }).click();
  const [file] = await Promise.all([visitor.page.waitForEvent('download'), visitor.chat.getByRole('menuitem', { name: '下载聊天记录' }).click()]);
  assert.match(file.suggestedFilename(), /聊天记录\.html$/);
  const html = readFileSync(await file.path(), 'utf8');
  assert.ok(html.includes('&lt;b&gt;龙井&lt;/b&gt;还有吗？') && html.includes('林知夏') && html.includes('还有三十六罐。'), html);

  await visitor.chat.getByRole('button', { name: '发语音' }).click();
  await visitor.chat.getByText('正在录音 2 秒').waitFor();
  await visitor.chat.getByRole('group', { name: '发语音' }).getByRole('button', { name: '发送' }).click();
  await agent.log.locator('.voice').waitFor();
  await until('the console can play it', () => agent.log.locator('.voice audio').evaluate((audio) => audio.readyState >= 1));
  await until('it is sent', async () => (await visitor.unsent()) === 0);
});
