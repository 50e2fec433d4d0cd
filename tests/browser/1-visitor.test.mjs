// A visitor of a brand's site and an agent, each in a browser of their own.
import assert from 'node:assert/strict';
import { stage, until } from './kit/browser.mjs';
import { Agent } from './kit/console.mjs';
import { leaf } from './kit/files.mjs';
import { Visitor } from './kit/visitor.mjs';

const { story } = stage();

story('a visitor on a brand\'s site and an agent converse both ways, with read marks and typing seen', async ({ demo, person }) => {
  const agent = new Agent(demo, 'linzhixia', await (await person()).newPage());
  await agent.signIn();
  await agent.be('online');

  const visitor = await Visitor.onSite(demo, await person());
  await visitor.openWidget();
  await visitor.log.getByText('您好，想了解什么？').first().waitFor();
  await visitor.say('礼盒能手写贺卡吗？');
  await visitor.message('礼盒能手写贺卡吗？').getByText('已收到').waitFor();

  await agent.open('礼盒能手写贺卡吗？');
  await agent.sees('礼盒能手写贺卡吗？');
  await visitor.log.getByText('林知夏来为您服务').waitFor();
  await visitor.message('礼盒能手写贺卡吗？').getByText('已读').waitFor();

  await agent.field.pressSequentially('可以，');
  await visitor.log.or(visitor.chat.locator('.typing')).getByText('林知夏正在输入').waitFor();
  await agent.say('可以，30 字以内，洒金笺手写。');
  await visitor.sees('洒金笺手写');
  await agent.message('洒金笺手写').getByText('已读').waitFor();

  await visitor.field.pressSequentially('那就写');
  await agent.page.locator('.thread header').getByText('正在输入').waitFor();
  await visitor.say('那就写“松鹤延年”');
  await agent.sees('那就写“松鹤延年”');

  const said = ['礼盒能手写贺卡吗？', '可以，30 字以内，洒金笺手写。', '那就写“松鹤延年”'];
  assert.deepEqual(await agent.bubbles().then((all) => all.filter((text) => said.includes(text))), said, 'the console shows every message once, in order');
  assert.deepEqual(await visitor.bubbles().then((all) => all.filter((text) => said.includes(text))), said, 'the widget shows every message once, in order');
});

story('a closed widget counts what is unread, shows the last words, and reads them when it opens', async ({ demo, person }) => {
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  const visitor = await Visitor.onSite(demo, await person());
  await visitor.openWidget();
  await visitor.say('明前龙井还有货吗？');
  await agent.open('明前龙井还有货吗？');
  await agent.sees('明前龙井还有货吗？');
  await visitor.field.press('Escape');
  await visitor.field.waitFor({ state: 'hidden' });

  await agent.say('还有三十六罐。');
  await visitor.page.getByRole('button', { name: /在线客服.*1 条新消息/ }).waitFor();
  await visitor.page.getByText('还有三十六罐。').waitFor();
  await agent.message('还有三十六罐。').getByText('已送达').or(agent.message('还有三十六罐。').getByText('已发送')).waitFor();

  await visitor.openWidget();
  await visitor.sees('还有三十六罐。');
  await agent.message('还有三十六罐。').getByText('已读').waitFor();
  await visitor.field.press('Escape');
  await until('the launcher counts nothing', async () => !(await visitor.launcher.getAttribute('aria-label')).includes('新消息'));

  // The site is left and opened again: the same conversation goes on.
  await visitor.page.goto(`${demo.site}/#gift`);
  await visitor.page.reload();
  await visitor.openWidget();
  await visitor.sees('还有三十六罐。');
});

story('pictures and files go both ways, and the chat page of its own carries them too', async ({ demo, person }) => {
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  const visitor = await Visitor.onChatPage(demo, await person());
  await visitor.field.waitFor();
  await visitor.say('边缘有点碎，能换吗？');
  await visitor.chat.locator('form.wc input[type=file]').setInputFiles({ name: '茶饼.png', mimeType: 'image/png', buffer: leaf });
  await agent.open('[图片]');
  const picture = agent.log.locator('.shot img');
  await picture.waitFor();
  await until('the console has loaded the picture', () => picture.evaluate((img) => img.complete && img.naturalWidth > 0));

  await agent.page.locator('.comp input[type=file]').setInputFiles({ name: '检测报告.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n') });
  await agent.page.locator('.attached li').waitFor();
  await agent.field.fill('报告发您');
  await until('the file is uploaded', () => agent.page.locator('.comp .foot .btn.main').first().isEnabled());
  await agent.field.press('Enter');
  await visitor.log.getByText('检测报告.pdf').first().waitFor();
  await visitor.sees('报告发您');
});
