// What a site's script may ask of the widget and hear from it, each call and event against a real
// gateway: what the visitor sees, and what stands before the agent.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { stage, until } from './kit/browser.mjs';
import { Visitor } from './kit/visitor.mjs';

const { story } = stage();

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
function signed(claims, key) {
  const words = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ exp: Math.floor(Date.now() / 1000) + 3600, ...claims })}`;
  return `${words}.${createHmac('sha256', key).update(words).digest('base64url')}`;
}

const names = ['ready', 'open', 'close', 'unread', 'error', 'message_sent', 'message_received', 'agent_joined', 'conversation_ended'];

story('a site signs its user in, tells what it knows, and hears what happens', async ({ demo, person }) => {
  const admin = await demo.as('admin');
  const desk = await demo.as('linzhixia');
  const { key } = await admin.post('/brand/identity-key', {});
  const visitor = await Visitor.onSite(demo, await person());
  const { page } = visitor;
  const kefu = (...call) => page.evaluate((args) => window.kefu(...args), call);
  await page.evaluate((list) => {
    window.heard = [];
    for (const name of list) window.kefu('on', name, (detail) => window.heard.push([name, detail]));
  }, names);
  const heard = (name) => until(`the page hears ${name}`, () => page.evaluate((one) => window.heard.filter(([name]) => name === one).map(([, detail]) => detail), name).then((all) => (all.length ? all : null)));
  const customer = async (sub) => until(`${sub} is known`, async () => {
    const found = (await desk.get(`/conversations?view=all&q=${encodeURIComponent(sub)}&limit=5`)).items[0];
    return found && desk.get(`/customers/${found.customer.external_userid}`);
  });

  await kefu('setUser', '8802', signed({ sub: '8802', name: '周砚', fields: { 等级: '金' } }, key));
  await kefu('setAttributes', { 等级: '钻石', 来源: '春茶', 草稿: 'x' });
  await kefu('open');
  await heard('ready');
  await heard('open');
  assert.equal(await kefu('isOpen'), true);
  await kefu('addTag', '企业采购');
  await kefu('addTag', '直播');
  await kefu('removeTag', '直播');
  await kefu('trackEvent', '加入购物车', '明前龙井');
  await kefu('trackPageView', { url: `${demo.site}/cart`, title: '购物车' });
  await kefu('showMessage', '可以开专票吗？');
  await until('the words stand in the field', async () => (await visitor.field.inputValue()) === '可以开专票吗？');
  await visitor.field.press('Enter');
  assert.match((await heard('message_sent'))[0].msgid, /-\d+$/);
  // What the visitor has begun is not wiped by what the page suggests.
  await visitor.field.fill('还想问一下');
  await kefu('showMessage', '可以刻字吗？');
  await until('both stand in the field', async () => (await visitor.field.inputValue()) === '还想问一下\n可以刻字吗？');
  await visitor.field.fill('');
  await kefu('deleteAttribute', '草稿');

  const row = await until('the agent has what the site told', async () => {
    const row = await customer('周砚');
    return row.tags.length === 1 && row.attributes.来源 && !row.attributes.草稿 && row.footsteps.some((step) => step.title === '购物车') && row.footsteps.some((step) => step.title === '加入购物车') && row;
  });
  assert.deepEqual(row.tags, ['企业采购']);
  assert.deepEqual(row.attributes, { 等级: '金', 来源: '春茶' }, 'what the brand signed for wins over what the page says');

  // An agent comes, answers while the widget is closed, and goes.
  const talk = (await desk.get(`/conversations?view=all&q=${encodeURIComponent('周砚')}&limit=5`)).items[0];
  const { Agent } = await import('./kit/console.mjs');
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  assert.equal((await heard('agent_joined'))[0].name, '林知夏');
  await kefu('close');
  await heard('close');
  await desk.post(`/conversations/${talk.conversation_id}/messages`, { client_msg_id: 'p-1', msgtype: 'text', text: { content: '可以，抬头发我。' } });
  assert.equal((await heard('message_received'))[0].text, '可以，抬头发我。');
  await heard('unread');
  await until('one is unread', async () => (await kefu('getUnread')) === 1);
  const { session } = await desk.get(`/conversations/${talk.conversation_id}`);
  await desk.post(`/sessions/${session.session_id}/close`);
  await heard('conversation_ended');

  await kefu('toggle');
  await visitor.sees('可以，抬头发我。');
  await kefu('setLocale', 'en');
  await visitor.chat.getByRole('button', { name: 'Minimise' }).waitFor();
  await kefu('setColorScheme', 'dark');
  await visitor.chat.locator('html[data-theme=dark]').waitFor();
  const [window] = await Promise.all([page.waitForEvent('popup'), visitor.chat.getByRole('button', { name: 'More' }).click().then(() => visitor.chat.getByRole('menuitem', { name: 'Open in a new window' }).click())]);
  await window.getByText('可以，抬头发我。').waitFor();
  await window.close();

  await kefu('setPosition', { position: 'left', offsetX: 10 });
  await kefu('close');
  await until('the button stands at the left', async () => (await visitor.launcher.boundingBox()).x === 10);
  await kefu('hideLauncher');
  await visitor.launcher.waitFor({ state: 'hidden' });
  await kefu('showLauncher');
  await visitor.launcher.waitFor();

  // Who leaves leaves nothing, and a word that the brand did not sign lets nobody in.
  await kefu('reset');
  await visitor.openWidget().catch(() => {});
  await until('nothing of the old thread is left', async () => !(await visitor.log.innerText()).includes('抬头发我'));
  await kefu('setUser', signed({ sub: '9' }, 'not the key'));
  await visitor.strip.getByText('You could not be verified').waitFor();
  assert.equal((await heard('error')).at(-1).code, 'identity_invalid');
  await page.evaluate(() => window.kefu('off', 'open'));
  await kefu('shutdown');
  assert.equal(await page.locator('iframe').count(), 0);
});
