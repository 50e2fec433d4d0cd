// Pictures of every page, in both colours, both languages, on a desk and in a hand:
// `node tests/browser/shots.mjs FOLDER`. Not a test; for eyes.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findings } from './kit/axe.mjs';
import { launch, patience } from './kit/browser.mjs';
import { Agent } from './kit/console.mjs';
import { Demo } from './kit/demo.mjs';
import { afternoon } from './kit/teahouse.mjs';

const folder = resolve(process.argv[2] ?? 'shots');
mkdirSync(folder, { recursive: true });
const demo = await Demo.start();
const browser = await launch();

async function person(options = {}) {
  const context = await browser.newContext({ locale: 'zh-CN', timezoneId: 'Asia/Shanghai', viewport: { width: 1440, height: 900 }, ...options });
  context.setDefaultTimeout(patience);
  return context;
}

const sizes = [{ width: 1440, height: 900 }, { width: 390, height: 844 }];
const looks = ['light', 'dark'].flatMap((theme) => ['zh-CN', 'en'].map((locale) => ({ theme, locale })));

/** Light and Chinese on a desk, dark and English in a hand: enough for pages made of the same parts. */
const few = [[looks[0], sizes[0]], [looks[3], sizes[1]]];
const every = looks.flatMap((look) => sizes.map((size) => [look, size]));

/** Takes a page in looks and sizes; `ready` waits until there is something to see. */
async function take(page, name, { dress, ready, views = every }) {
  for (const [look, size] of views) {
    await page.setViewportSize(size);
    await dress(look, size);
    await ready(size);
    await page.evaluate(() => Promise.race([Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {}))), new Promise((go) => setTimeout(go, 1_000))]));
    await page.waitForLoadState('networkidle').catch(() => {});
    await page.screenshot({ path: join(folder, `${name}-${look.theme}-${look.locale}-${size.width}.png`) });
  }
  console.log(`${name}: ${(await findings(page)).join('; ') || 'nothing serious'}`);
}

try {
  const { main, evelyn, queued, talk, desk, guest } = await afternoon(demo, person);
  const write = (text, n) => desk.post(`/conversations/${guest.conversation_id}/messages`, { client_msg_id: `g-${n}`, msgtype: 'text', text: { content: text } });

  const console_ = async (agent, path, ready, name = path.replaceAll('/', '-'), views = every) => {
    const address = `${demo.url}/console/${path}`;
    await take(agent.page, name, {
      views,
      dress: async ({ theme, locale }) => {
        await agent.page.evaluate((prefs) => fetch('/v1/me', { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify(prefs) }), { theme, locale });
        await agent.page.goto(address);
      },
      ready,
    });
  };
  const gate = await (await person()).newPage();
  await take(gate, 'sign-in', {
    dress: async ({ theme, locale }) => {
      await gate.emulateMedia({ colorScheme: theme });
      await gate.goto(`${demo.url}/console/`);
      const other = gate.getByRole('button', { name: /^(Switch to English|切换到中文)$/ });
      await other.waitFor();
      if ((await gate.locator('html').getAttribute('lang')) !== locale) await other.click();
    },
    ready: () => gate.locator('input[name=password]').waitFor(),
  });

  const thread = `work/${talk.conversation_id}`;
  const open = async () => {
    await main.log.locator('.msg-row').first().waitFor();
    await main.page.locator('.shot img').first().waitFor();
  };
  await console_(main, thread, open, 'console');
  await console_(main, 'work', () => main.page.locator('.item').first().waitFor(), 'list');
  const dialog = (name, ask) =>
    console_(main, thread, async () => {
      await open();
      await ask();
      await main.page.locator('dialog[open], [role=dialog], [role=menu], [role=listbox]').first().waitFor();
    }, name, few);
  const words = (zh, en) => main.page.getByRole('button', { name: new RegExp(`^(${zh}|${en})`) }).first();
  await dialog('dialog-transfer', () => words('转接', 'Transfer').click());
  await dialog('dialog-handoff', () => words('升级服务', 'Hand').click());
  await dialog('dialog-keys', () => main.page.keyboard.press('Control+/'));
  await dialog('dialog-search', async () => {
    await main.page.keyboard.press('Control+k');
    await main.page.getByRole('dialog').locator('input').fill('贺卡');
    await main.page.getByRole('dialog').getByRole('option').nth(2).waitFor();
  });
  await dialog('dialog-canned', async () => {
    await main.field.fill('');
    await main.field.pressSequentially('/');
  });

  const boss = await Agent.at(demo, await person(), 'cenxi', 'wall');
  await console_(boss, 'wall', async () => {
    await boss.page.locator('.qs li button.q').first().click();
    await boss.page.locator('.qs .ex').waitFor();
  });
  const admin = await Agent.at(demo, await person(), 'admin', 'settings');
  const [wecom] = (await (await demo.as('admin')).get('/connections')).items;
  await console_(admin, `settings/connections/${wecom.id}`, async () => {
    await admin.page.locator('.guide').waitFor();
    await admin.page.locator('.checks li').first().or(admin.page.getByRole('button', { name: /^(测试连接|Test connection)$/ })).first().click();
    await admin.page.locator('.checks li').first().waitFor();
  }, 'settings-connection');
  await admin.page.goto(`${demo.url}/console/settings`);
  const nav = admin.page.locator('a[href*="/console/settings/"]');
  await nav.first().waitFor();
  const sections = [...new Set(await nav.evaluateAll((links) => links.map((link) => link.getAttribute('href').split('/')[3])))];
  for (const section of sections) {
    const rows = admin.page.locator(`main a[href*="/settings/${section}/"]`);
    await console_(admin, `settings/${section}`, () => admin.page.locator('.admin-page').waitFor(), undefined, few);
    const [row] = await rows.evaluateAll((links) => links.map((link) => link.getAttribute('href').split('/console/')[1]).filter((path) => !path.endsWith('/new')));
    if (row) await console_(admin, row, () => admin.page.locator('main form').first().waitFor(), `settings-${section}-form`, few);
  }
  await console_(admin, 'settings/connections/new', () => admin.page.locator('main').waitFor());
  await console_(admin, `people/${talk.customer.external_userid}`, () => admin.page.locator('.panel').waitFor(), 'people');

  const widget = (name, visitor, sign) =>
    take(visitor.page, name, {
      dress: async ({ theme, locale }) => {
        await visitor.page.emulateMedia({ colorScheme: theme });
        await visitor.page.reload();
        await visitor.page.evaluate((tag) => window.kefu('setLocale', tag), locale);
        await visitor.launcher.click();
      },
      ready: () => visitor.chat.locator(sign).first().waitFor(),
    });
  await widget('widget-queue', queued, '.place');
  // A talk on the website, to its end.
  await write('Yes: DHL, four days. Duties are paid by us above S$400. 关税我们付。', 1);
  await desk.post(`/conversations/${guest.conversation_id}/handoffs`, { client_msg_id: 'g-2', kind: 'specialist' });
  await evelyn.log.locator('.sc').waitFor();
  const { session } = await desk.get(`/conversations/${guest.conversation_id}`);
  await desk.post(`/sessions/${session.session_id}/close`);
  await widget('widget', evelyn, '.sv');

  const page = await (await person()).newPage();
  const plain = (name, address, sign) =>
    take(page, name, {
      dress: async ({ theme }) => {
        await page.emulateMedia({ colorScheme: theme });
        await page.goto(address);
      },
      ready: () => page.locator(sign).first().waitFor(),
      views: every.filter(([look]) => look.locale === 'zh-CN'),
    });
  await plain('chat', demo.chat, 'form.wc textarea');
  await plain('site', demo.site, 'h1');
  await plain('docs', `${demo.url}/docs`, 'h1');
  for (const source of ['视频号直播间', '公众号', '小程序', '微信小店自建客服', '支付凭证', '客服链接或二维码', 'App 内客服', '搜一搜']) {
    await take(page, `phone-${source}`, {
      dress: ({ theme }) => page.goto(`${demo.phone}/?theme=${theme}&lang=zh-CN`),
      ready: async () => {
        await page.locator('.src button').filter({ has: page.getByText(source, { exact: true }) }).click();
        await page.locator('.place').waitFor();
      },
      views: [[looks[0], sizes[0]], [looks[2], sizes[0]]],
    });
  }
  await take(page, 'phone', {
    dress: ({ theme, locale }, { width }) => page.goto(`${demo.phone}/?customer=zhouyan&theme=${theme}&lang=${locale}${width < 800 ? '&tab=phone' : ''}`),
    ready: async () => {
      await page.locator('.chats button').first().waitFor();
      await page.locator('.chats button').filter({ has: page.locator('b', { hasText: /^溪山茶社$/ }) }).click();
      await page.locator('.ph .chat img').first().waitFor();
    },
  });
} finally {
  await browser.close();
  await demo.stop();
}
