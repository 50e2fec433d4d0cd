// Everybody can use every page: axe finds nothing serious, in light and in dark.
import assert from 'node:assert/strict';
import { findings } from './kit/axe.mjs';
import { stage, until } from './kit/browser.mjs';
import { Agent } from './kit/console.mjs';
import { leaf } from './kit/files.mjs';
import { Phone } from './kit/phone.mjs';
import { Visitor } from './kit/visitor.mjs';

const { story } = stage();

/** Looks at a page in both colours; the page may have been loaded in either. */
async function clean(page, name, bad) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // Colours that move would be measured in between.
    await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {}))));
    for (const line of await findings(page)) bad.push(`${name}, ${colorScheme}: ${line}`);
  }
}

const report = (bad) => assert.equal(bad.length, 0, `axe found:\n${bad.join('\n')}`);

story('axe: console', async ({ demo, person }) => {
  const bad = [];
  const gate = await (await person()).newPage();
  await gate.goto(`${demo.url}/console/`);
  await gate.getByRole('button', { name: '登录' }).waitFor();
  await clean(gate, 'sign-in', bad);

  const agent = await Agent.at(demo, await person(), 'cenxi');
  await agent.page.locator('.list').waitFor();
  await clean(agent.page, 'workplace, empty', bad);
  await agent.be('online');
  const phone = await Phone.pickUp(demo, await person());
  await phone.enter('微信小店商品页');
  await phone.say('这款还有吗？');
  await phone.page.locator('.ph input[type=file][accept*=png]').setInputFiles({ name: 'leaf.png', mimeType: 'image/png', buffer: leaf });
  await agent.open('[图片]');
  await agent.log.locator('.shot img').waitFor();
  await agent.page.getByRole('button', { name: '内部备注' }).click();
  await agent.say('老客户');
  await agent.log.locator('.note').first().waitFor();
  await agent.say('有的，您看看。');
  await agent.page.locator('.thread header').getByRole('button', { name: '升级服务' }).click();
  const sheet = agent.page.getByRole('dialog', { name: '升级服务' });
  await sheet.locator('.pick').first().waitFor();
  await clean(agent.page, 'handoff sheet', bad);
  await sheet.getByRole('button', { name: /^发送/ }).click();
  await agent.log.locator('.spec').waitFor();
  await agent.page.locator('.origin').getByRole('button', { name: '展开' }).click();
  await agent.page.locator('.ex table').waitFor();
  await agent.field.pressSequentially('/');
  await agent.page.getByRole('option').first().waitFor();
  await clean(agent.page, 'workplace, thread with canned replies open', bad);
  await agent.field.fill('');
  await agent.page.locator('.thread header').getByRole('button', { name: '转接' }).click();
  await agent.page.getByRole('dialog', { name: '转接' }).locator('.pick').first().waitFor();
  await clean(agent.page, 'transfer sheet', bad);
  await agent.page.keyboard.press('Escape');
  await agent.page.keyboard.press('Control+k');
  await agent.page.getByRole('dialog').waitFor();
  await clean(agent.page, 'command bar', bad);
  await agent.page.getByRole('dialog').locator('input').fill('这款还有吗');
  await agent.page.getByRole('dialog').getByRole('option').filter({ hasText: '这款还有吗' }).first().waitFor();
  await clean(agent.page, 'command bar, found', bad);
  await agent.page.keyboard.press('Escape');
  await agent.page.keyboard.press('Control+/');
  await agent.page.getByRole('dialog').waitFor();
  await clean(agent.page, 'keys', bad);
  await agent.page.keyboard.press('Escape');
  await agent.page.getByRole('button', { name: /^我的状态/ }).click();
  await agent.page.locator('.menu-item').first().waitFor();
  await clean(agent.page, 'state menu', bad);
  await agent.page.keyboard.press('Escape');

  // One pane at a time, in a hand.
  await agent.page.setViewportSize({ width: 390, height: 844 });
  await clean(agent.page, 'thread, 390 px', bad);
  await agent.page.goto(`${demo.url}/console/work`);
  await agent.card().first().waitFor();
  await clean(agent.page, 'list, 390 px', bad);
  await agent.page.setViewportSize({ width: 1440, height: 900 });
  await agent.page.goto(`${demo.url}/console/people`);
  await agent.page.locator('.item.person').first().click();
  await agent.panel.waitFor();
  await clean(agent.page, 'one customer', bad);
  report(bad);
});

story('axe: wall and settings', async ({ demo, person }) => {
  const bad = [];
  const visitor = await Visitor.onSite(demo, await person());
  for (const account of ['cenxi', 'linzhixia', 'shenjia', 'taoran']) {
    const one = await demo.as(account);
    await (await demo.as('admin')).post(`/agents/${one.me.servicer_userid}/state`, { state: 'offline' });
  }
  await visitor.openWidget();
  await visitor.say('有人吗？');
  const boss = await Agent.at(demo, await person(), 'admin', 'wall');
  await boss.page.locator('.qs li button.q').first().click();
  await boss.page.locator('.qs .ex').waitFor();
  await clean(boss.page, 'wall', bad);
  await boss.page.goto(`${demo.url}/console/people`);
  await boss.page.locator('main').waitFor();
  await clean(boss.page, 'people', bad);

  await boss.page.goto(`${demo.url}/console/settings`);
  const nav = boss.page.locator('a[href*="/console/settings/"]');
  await nav.first().waitFor();
  const sections = [...new Set(await nav.evaluateAll((links) => links.map((link) => link.getAttribute('href').split('/')[3])))];
  assert.ok(sections.length >= 10, `settings has ${sections.length} sections`);
  for (const section of sections) {
    await boss.page.goto(`${demo.url}/console/settings/${section}`);
    await boss.page.locator('h1').first().waitFor();
    await boss.page.waitForLoadState('networkidle');
    await clean(boss.page, `settings, ${section}`, bad);
    // The form of the first row, too.
    const row = boss.page.locator(`main a[href*="/settings/${section}/"]`).first();
    if (await row.count()) {
      await row.click();
      await boss.page.locator('main').locator('form, .steps, h2').first().waitFor();
      await clean(boss.page, `settings, ${section}, form`, bad);
    }
  }
  report(bad);
});

story('axe: what customers see', async ({ demo, person }) => {
  const bad = [];
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');

  const visitor = await Visitor.onSite(demo, await person());
  await clean(visitor.page, 'demo site', bad);
  await visitor.openWidget();
  await clean(visitor.page, 'widget, greeting', bad);
  await visitor.head.getByRole('button', { name: '更多' }).click();
  await visitor.chat.getByRole('menuitem').first().waitFor();
  await clean(visitor.page, 'widget, menu', bad);
  await visitor.chat.getByRole('menuitem', { name: '在微信中继续' }).click();
  await visitor.chat.locator('.go-on .qr').waitFor();
  await clean(visitor.page, 'widget, on in WeChat', bad);
  await visitor.chat.locator('.go-on .ib').click();
  await visitor.say('想找专人');
  await agent.open('想找专人');
  await agent.say('马上');
  await visitor.sees('马上');
  const talk = new URL(agent.page.url()).pathname.split('/').at(-1);
  const desk = await demo.as('linzhixia');
  const { session } = await desk.get(`/conversations/${talk}`);
  await desk.post(`/conversations/${talk}/handoffs`, { client_msg_id: 'axe-1', kind: 'specialist', fence: session.fence });
  await visitor.log.locator('.sc').waitFor();
  await clean(visitor.page, 'widget, handoff card', bad);
  const { messages } = await desk.get(`/conversations/${talk}/messages?limit=50`);
  const link = messages.find((message) => message.handoff)?.handoff.handoff_id;
  for (const viewport of [{ width: 1440, height: 900 }, { width: 390, height: 844 }]) {
    const handed = await (await person({ viewport })).newPage();
    await handed.goto(`${demo.url}/h/${link}`);
    await handed.locator('h1').first().waitFor();
    await clean(handed, `handoff page, ${viewport.width} px`, bad);
  }
  await desk.post(`/sessions/${session.session_id}/close`);
  await visitor.log.locator('.sv').waitFor();
  await clean(visitor.page, 'widget, survey', bad);

  const page = await Visitor.onChatPage(demo, await person({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }));
  await page.field.waitFor();
  await clean(page.page, 'chat page, 390 px', bad);

  const phone = await Phone.pickUp(demo, await person());
  await clean(phone.page, 'phone, no chat', bad);
  for (const source of ['视频号直播间', '视频号主页', '视频号橱窗', '公众号', '小程序', '微信小店自建客服', '支付凭证', '客服链接或二维码', '搜一搜', 'App 内客服']) {
    await phone.visit(source);
    await clean(phone.page, `phone, ${source}`, bad);
  }
  await phone.enter('微信小店订单页');
  await phone.say('到哪里了？');
  await phone.sees('到哪里了？');
  await phone.screen.getByRole('button', { name: '更多功能' }).click();
  await phone.screen.locator('.tools').waitFor();
  await until('the phone shows traffic', async () => (await phone.page.locator('.traffic li').count()) > 0);
  await clean(phone.page, 'phone, chat', bad);

  await visitor.page.goto(`${demo.url}/docs`);
  await visitor.page.locator('h1').first().waitFor();
  await clean(visitor.page, 'API documentation', bad);
  report(bad);
});
