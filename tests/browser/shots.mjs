// Pictures of every page, in both colours, both languages, on a desk and in a hand:
// `node tests/browser/shots.mjs FOLDER [PAGE…]`. Not a test; for eyes. Ends by itself.
import { resolve } from 'node:path';
import { launch } from './kit/browser.mjs';
import { Agent } from './kit/console.mjs';
import { Demo } from './kit/demo.mjs';
import { every, most, Pictures } from './kit/pictures.mjs';
import { afternoon } from './kit/teahouse.mjs';
import { Visitor } from './kit/visitor.mjs';

const [folder = 'shots', ...only] = process.argv.slice(2);
const pictures = new Pictures(resolve(folder), only);
/** What is not there after so long is told as missing. */
const patience = 12_000;
const began = Date.now();
const demo = await Demo.start();
const browser = await launch();
setTimeout(() => {
  console.error('ten minutes are over');
  process.exitCode = 1;
  void browser.close();
}, 10 * 60_000).unref();

async function person(options = {}) {
  const context = await browser.newContext({ locale: 'zh-CN', timezoneId: 'Asia/Shanghai', viewport: { width: 1440, height: 900 }, ...options });
  context.setDefaultTimeout(patience);
  return context;
}

/** Takes a page of the console as one of the people who are signed in there. */
async function desk({ page }, path, ready, { name = path.replaceAll('/', '-'), views, tall } = {}) {
  await pictures.take(page, name, {
    views,
    tall,
    dress: async ({ theme, locale }) => {
      await page.evaluate((prefs) => fetch('/v1/me', { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify(prefs) }), { theme, locale });
      await page.goto(`${demo.url}/console/${path}`);
    },
    ready: (view) => ready(page, view),
  });
}

const sees = (sign) => (page) => page.locator(sign).first().waitFor();

/** The desk of an agent: list, thread, and everything that opens over them. */
async function workplace({ main, talk }) {
  const thread = `work/${talk.conversation_id}`;
  const open = async (page) => {
    await page.locator('.msg-row').first().waitFor();
    await page.locator('.shot img').first().waitFor();
  };
  await desk(main, thread, open, { name: 'console', views: every });
  await desk(main, 'work', sees('.item'), { name: 'list', views: every });
  const press = (page, zh, en) => page.getByRole('button', { name: new RegExp(`^(${zh}|${en})`) }).first().click();
  const over = (name, ask) =>
    desk(main, thread, async (page, view) => {
      await open(page);
      await ask(page, view);
      await page.locator('dialog[open], [role=dialog], [role=menu], [role=listbox], .drawer').first().waitFor();
    }, { name: `over-${name}` });
  await over('transfer', (page) => press(page, '转接', 'Transfer'));
  await over('handoff', (page) => press(page, '升级服务', 'Hand'));
  await over('keys', (page) => page.keyboard.press('Control+/'));
  await over('commands', (page) => page.keyboard.press('Control+k'));
  await over('search', async (page) => {
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').locator('input').fill('贺卡');
    await page.getByRole('dialog').getByRole('option').nth(2).waitFor();
  });
  await over('canned', async (page) => {
    await main.field.fill('');
    await main.field.pressSequentially('/');
  });
  await over('names', async () => {
    await main.field.fill('');
    await main.field.pressSequentially('{{');
  });
  await over('card', async (page) => {
    await main.field.fill('');
    await page.keyboard.press('Alt+KeyG');
    await page.locator('#card').waitFor();
  });
  await over('card-menu', async (page) => {
    await main.field.fill('');
    await page.keyboard.press('Alt+KeyG');
    await page.locator('#card .segments button').nth(2).click();
    await page.getByRole('button', { name: /^(发送卡片|Send the card)$/ }).click();
  });
  await over('unsent', async (page) => {
    await main.field.fill('七天内都');
    await page.keyboard.press('Alt+KeyE');
  });
  await over('facts', async (page) => {
    await main.field.fill('');
    // In a hand the customer is a page of its own.
    if (page.viewportSize().width < 1180) await page.locator('.panel-toggle').click();
    await page.locator('.panel button.act', { hasText: /^(编辑|Edit)$/ }).click();
    await page.locator('#facts').waitFor();
  });
  await over('prefs', async (page) => {
    // In a hand the way there is the list's.
    if (page.viewportSize().width < 769) await page.locator('.thread .back').click();
    await page.locator('.rail .face').click();
    await page.getByRole('menuitemcheckbox', { name: /^(提醒与习惯|Notices and habits)/ }).click();
  });
  await desk(main, 'work', async (page) => {
    await page.locator('.item').first().waitFor();
    await press(page, '我的状态', 'My state');
    await page.getByRole('menu').waitFor();
  }, { name: 'over-state' });
  await desk(main, 'work', async (page) => {
    await page.locator('.item').first().waitFor();
    await page.locator('.face').click();
    await page.getByRole('menu').waitFor();
  }, { name: 'over-me' });
  await desk(main, 'password', sees('input[type=password]'));
}

/** The wall, and what an administrator sets up. */
async function wall() {
  const boss = await Agent.at(demo, await person(), 'cenxi', 'wall');
  const waits = async (page) => {
    await page.locator('.qs li button.q').first().click();
    await page.locator('.qs .ex').waitFor();
  };
  await desk(boss, 'wall', waits, { views: every });
  await desk(boss, 'wall', waits, { name: 'wall-whole', tall: '.wall' });
  await desk(boss, 'work', sees('.list'), { name: 'list-empty' });
}

async function settings({ talk }) {
  const admin = await Agent.at(demo, await person(), 'admin', 'settings');
  const { page } = admin;
  // Beside a list, it is the form that scrolls.
  const whole = { tall: '.split > .admin-form-page, .admin-page:not(.split)' };
  await page.locator('a[href*="/console/settings/"]').first().waitFor();
  const sections = await page.locator('.admin-nav a').evaluateAll((links) => links.map((link) => link.getAttribute('href').split('/')[3]));
  await desk(admin, 'settings', sees('.admin-nav'), { views: most.slice(3) });
  for (const section of sections) {
    if (!pictures.wants(`settings-${section}`)) continue;
    await desk(admin, `settings/${section}`, async () => {
      await page.locator('.admin-page h1').first().waitFor();
      await page.locator('.admin-rows, .none, form').first().waitFor();
    }, whole);
    if (section === 'connections') continue;
    const [row] = await page.locator(`main a[href*="/settings/${section}/"]`).evaluateAll((links) => links.map((link) => link.getAttribute('href').split('/console/')[1]).filter((path) => !path.endsWith('/new')));
    if (row) await desk(admin, row, sees('main form'), { name: `settings-${section}-form`, ...whole });
    else if (!['brand', 'outbox', 'audit'].includes(section)) await desk(admin, `settings/${section}/new`, sees('main form'), { name: `settings-${section}-new`, ...whole });
  }
  const { items } = await (await demo.as('admin')).get('/connections');
  for (const { id, channel } of items) {
    await desk(admin, `settings/connections/${id}`, async () => {
      await page.locator('.guide').waitFor();
      await page.locator('.checks li').first().or(page.getByRole('button', { name: /^(测试连接|Test connection)$/ })).first().click();
      await page.locator('.checks li').first().waitFor();
    }, { name: `settings-connection-${channel}`, ...whole });
  }
  await desk(admin, 'settings/connections/new', sees('.kind'));
  for (const { channel } of items) await desk(admin, `settings/connections/new?channel=${channel}`, sees('.guide'), { name: `settings-connections-new-${channel}`, views: most.filter(({ locale }) => locale === 'en') });
  await desk(admin, 'people', sees('.item'), { name: 'people' });
  await desk(admin, `people/${talk.customer.external_userid}`, sees('.panel'), { name: 'people-one' });
}

/** What those see who are not signed in: the gate, the brand's site, the documentation, the phone. */
async function outside() {
  const gate = await (await person()).newPage();
  await pictures.take(gate, 'sign-in', {
    dress: async ({ theme, locale }) => {
      await gate.emulateMedia({ colorScheme: theme });
      await gate.goto(`${demo.url}/console/`);
      const other = gate.getByRole('button', { name: /^(Switch to English|切换到中文)$/ });
      await other.waitFor();
      if ((await gate.locator('html').getAttribute('lang')) !== locale) await other.click();
    },
    ready: () => gate.locator('input[name=password]').waitFor(),
  });
  const people = { 'zh-CN': await (await person()).newPage(), en: await (await person({ locale: 'en-SG', timezoneId: 'Asia/Singapore' })).newPage() };
  for (const [locale, page] of Object.entries(people)) {
    const plain = (name, address, sign) =>
      pictures.take(page, name, {
        views: most.filter((view) => view.locale === locale),
        dress: async ({ theme }) => {
          await page.emulateMedia({ colorScheme: theme });
          await page.goto(address);
        },
        ready: () => page.locator(sign).first().waitFor(),
      });
    await plain('chat', demo.chat, 'form.wc textarea');
    await plain('site', demo.site, 'h1');
    await plain('docs', `${demo.url}/docs`, 'h1');
  }
  const page = people['zh-CN'];
  const at = ({ theme, locale }, tab, more = '') => page.goto(`${demo.phone}/?theme=${theme}&lang=${locale}&tab=${tab}${more}`);
  await pictures.take(page, 'phone', {
    views: every,
    dress: (view) => at(view, 'phone', '&customer=zhouyan'),
    ready: async () => {
      await page.locator('.chats button').filter({ has: page.locator('b', { hasText: /^溪山茶社$/ }) }).click();
      await page.locator('.ph .chat img').first().waitFor();
    },
  });
  // The apps of the platform come a moment after the rest.
  const sourcesShown = () => page.locator('.src button').nth(11).waitFor();
  await pictures.take(page, 'phone-sources', { views: most.slice(3), dress: (view) => at(view, 'source'), ready: sourcesShown });
  await pictures.take(page, 'phone-platform', { views: most.slice(3), dress: (view) => at(view, 'platform', '&customer=zhouyan'), ready: () => page.locator('.traffic li').first().waitFor() });
  await page.setViewportSize(most[0].size);
  await at(most[0], 'source');
  await sourcesShown();
  const sources = await page.locator('.src button').count();
  for (let n = 0; n < sources; n += 1) {
    await pictures.take(page, `phone-source-${n}`, {
      dress: (view) => at(view, 'source'),
      ready: async () => {
        await sourcesShown();
        await page.locator('.src button').nth(n).click();
        await page.locator('.place').waitFor();
      },
      views: most.slice(1, 4),
    });
  }
}

/** The widget in all that can happen to it; the last of it ends a session that others still look at. */
async function widget({ evelyn, queued, desk: hands, guest }) {
  const opened = (name, visitor, sign, views = every) =>
    pictures.take(visitor.page, name, {
      views,
      dress: async ({ theme, locale }) => {
        await visitor.page.emulateMedia({ colorScheme: theme });
        await visitor.page.reload();
        await visitor.page.evaluate((tag) => window.kefu('setLocale', tag), locale);
        await visitor.launcher.click();
      },
      ready: () => visitor.chat.locator(sign).first().waitFor(),
    });
  await opened('widget-greeting', await Visitor.onSite(demo, await person()), 'form.wc textarea', most);
  await opened('widget-queue', queued, '.place');
  await hands.post(`/conversations/${guest.conversation_id}/messages`, { client_msg_id: 'g-1', msgtype: 'text', text: { content: 'Yes: DHL, four days. Duties are paid by us above S$400. 关税我们付。' } });
  await hands.post(`/conversations/${guest.conversation_id}/handoffs`, { client_msg_id: 'g-2', kind: 'specialist' });
  await opened('widget-card', evelyn, '.sc', most);
  const { session } = await hands.get(`/conversations/${guest.conversation_id}`);
  await hands.post(`/sessions/${session.session_id}/close`);
  await opened('widget', evelyn, '.sv');
}

const told = (room) => (error) => {
  process.exitCode = 1;
  console.error(`${room} was broken off: ${error.stack}`);
};

try {
  const scene = await afternoon(demo, person);
  console.log(`the afternoon is there after ${Math.round((Date.now() - began) / 1000)} s`);
  await Promise.all([
    workplace(scene).catch(told('workplace')).then(() => widget(scene)).catch(told('widget')),
    wall().catch(told('wall')).then(outside).catch(told('outside')),
    settings(scene).catch(told('settings')),
  ]);
} finally {
  await browser.close();
  await demo.stop();
  console.log(`${Math.round((Date.now() - began) / 1000)} s`);
}
