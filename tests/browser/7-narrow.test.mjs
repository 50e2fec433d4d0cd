// Everything fits a phone: on no page, in neither language, does anything lie beyond the edge of 390 px.
import assert from 'node:assert/strict';
import { stage } from './kit/browser.mjs';
import { Agent } from './kit/console.mjs';
import { sticksOut } from './kit/narrow.mjs';
import { Visitor } from './kit/visitor.mjs';

const { story } = stage();
const hand = { viewport: { width: 390, height: 844 } };
const report = (bad) => assert.equal(bad.length, 0, `beyond the edge:\n${bad.join('\n')}`);

/** Looks at a page when its sign is there. */
async function fits(page, name, sign, bad) {
  await page.locator(sign).first().waitFor();
  await page.evaluate(() => document.fonts.ready);
  for (const line of await sticksOut(page)) bad.push(`${name}: ${line}`);
}

/** Somebody of the demo at the console in a hand, and how they go from page to page in a language. */
async function inHand(demo, person, account, locale, first = async () => {}) {
  const agent = await Agent.at(demo, await person(hand), account);
  await first(agent);
  await agent.page.evaluate((tag) => fetch('/v1/me', { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ locale: tag }) }), locale);
  return { page: agent.page, go: (to) => agent.page.goto(`${demo.url}/console/${to}`) };
}

/** A customer with a long name and words that break nowhere. */
async function longWords(demo) {
  await demo.sim('enter', { customer: 'narrow', name: '名字特别长的客户会在这里被截断的那一位', wechat_channels: { nickname: '春茶专场', scene: 2 } });
  await demo.sim('say', { customer: 'narrow', text: `https://example.com/${'0123456789'.repeat(12)}` });
}

for (const locale of ['zh-CN', 'en']) {
  story(`390 px, ${locale}: the workplace and the wall`, async ({ demo, person }) => {
    const bad = [];
    await longWords(demo);
    const { page, go } = await inHand(demo, person, 'linzhixia', locale, (agent) => agent.be('online'));
    await go('work');
    await fits(page, 'list', '.list .item', bad);
    await page.locator('.list .item').first().click();
    await fits(page, 'thread', '.msg-row', bad);
    await page.locator('.panel-toggle').first().click();
    await fits(page, 'customer', '.panel', bad);
    await go('people');
    await fits(page, 'people', '.item', bad);
    await go('password');
    await fits(page, 'password', 'input[type=password]', bad);
    const boss = await inHand(demo, person, 'cenxi', locale);
    await boss.go('wall');
    await fits(boss.page, 'wall', '.figs', bad);
    report(bad);
  });

  story(`390 px, ${locale}: settings`, async ({ demo, person }) => {
    const bad = [];
    const { page, go } = await inHand(demo, person, 'admin', locale);
    await go('settings');
    await fits(page, 'settings', '.admin-nav a', bad);
    const paths = await page.locator('.admin-nav a').evaluateAll((links) => links.map((link) => link.getAttribute('href').split('/console/')[1]));
    assert.ok(paths.length >= 10, `settings has ${paths.length} pages`);
    for (const path of paths) {
      await go(path);
      await fits(page, path, '.admin-page :is(.admin-rows, .none, form)', bad);
      const row = page.locator('main a.admin-row').first();
      if (!(await row.count())) continue;
      await row.click();
      await fits(page, `${path}, a row`, 'main form', bad);
    }
    for (const { channel } of (await (await demo.as('admin')).get('/connections')).items) {
      await go(`settings/connections/new?channel=${channel}`);
      await fits(page, `a new connection, ${channel}`, 'main form', bad);
    }
    report(bad);
  });

  story(`390 px, ${locale}: what customers see, and the phone page`, async ({ demo, person }) => {
    const bad = [];
    const context = await person({ ...hand, locale: locale === 'en' ? 'en-SG' : locale });
    const gate = await context.newPage();
    await gate.goto(`${demo.url}/console/`);
    await fits(gate, 'sign-in', 'input[name=password]', bad);
    const visitor = await Visitor.onSite(demo, context);
    await fits(visitor.page, 'demo site', 'h1', bad);
    await visitor.openWidget();
    await visitor.say('0123456789012345678901234567890123456789012345678901234567890123456789');
    await visitor.log.locator('.m').first().waitFor();
    await fits(visitor.page, 'widget', 'iframe', bad);
    const chat = await Visitor.onChatPage(demo, context);
    await chat.field.waitFor();
    await fits(chat.page, 'chat page', 'header.wt', bad);
    await chat.page.goto(`${demo.url}/docs`);
    await fits(chat.page, 'documentation', 'h1', bad);
    for (const tab of ['source', 'phone', 'platform']) {
      await chat.page.goto(`${demo.phone}/?lang=${locale}&tab=${tab}`);
      await fits(chat.page, `phone page, ${tab}`, '.tabs button', bad);
    }
    report(bad);
  });
}
