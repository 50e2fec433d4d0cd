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

/** Takes a page in every look and size; `ready` waits until there is something to see. */
async function take(page, name, { dress, ready }) {
  for (const look of looks) {
    for (const size of sizes) {
      await page.setViewportSize(size);
      await dress(look, size);
      await ready(size);
      await page.evaluate(() => Promise.race([Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {}))), new Promise((go) => setTimeout(go, 1_000))]));
      await page.waitForLoadState('networkidle').catch(() => {});
      await page.screenshot({ path: join(folder, `${name}-${look.theme}-${look.locale}-${size.width}.png`) });
    }
  }
  console.log(`${name}: ${(await findings(page)).join('; ') || 'nothing serious'}`);
}

try {
  const { main, evelyn, queued, talk, desk, guest } = await afternoon(demo, person);
  const write = (text, n) => desk.post(`/conversations/${guest.conversation_id}/messages`, { client_msg_id: `g-${n}`, msgtype: 'text', text: { content: text } });

  const console_ = async (agent, path, ready) => {
    const address = `${demo.url}/console/${path}`;
    await take(agent.page, path.split('/')[0] === 'work' ? (path === 'work' ? 'list' : 'console') : path.replace(/\/[0-9A-Z]{26}$/, '').replaceAll('/', '-'), {
      dress: async ({ theme, locale }) => {
        await agent.page.evaluate((prefs) => fetch('/v1/me', { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify(prefs) }), { theme, locale });
        await agent.page.goto(address);
      },
      ready,
    });
  };
  await console_(main, `work/${talk.conversation_id}`, async () => {
    await main.log.locator('.msg-row').first().waitFor();
    await main.page.locator('.shot img').first().waitFor();
  });
  await console_(main, 'work', () => main.page.locator('.item').first().waitFor());
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
  });
  for (const page of ['settings/kf-accounts', 'settings/connections/new', 'people']) await console_(admin, page, () => admin.page.locator('main').waitFor());

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
