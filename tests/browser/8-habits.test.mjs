// What makes eight hours at the desk bearable: quoting, putting off, naming a colleague, taking a
// reply back, speaking, lists of one's own, many at once.
import assert from 'node:assert/strict';
import { stage, until } from './kit/browser.mjs';
import { Agent, alone } from './kit/console.mjs';
import { Visitor } from './kit/visitor.mjs';

const { story } = stage();

const group = (agent, name) => agent.page.locator('.list .turn', { hasText: name });

story('a reply quotes what it answers, on both sides, and leads back to it', async ({ demo, person }) => {
  await alone(demo, 'linzhixia');
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  const guest = await Visitor.who(demo, await person(), '礼盒里放价签吗？');
  await guest.say('还有，能写贺卡吗？');
  await agent.open('能写贺卡吗？');
  await agent.sees('礼盒里放价签吗？');
  const row = agent.message('礼盒里放价签吗？').first();
  await row.hover();
  await row.getByRole('button', { name: '这条消息的操作' }).click();
  await agent.page.getByRole('menuitem', { name: '引用回复' }).click();
  await agent.page.locator('.quoting', { hasText: '礼盒里放价签吗？' }).waitFor();
  await agent.page.reload();
  await agent.page.locator('.quoting', { hasText: '礼盒里放价签吗？' }).waitFor();
  await agent.say('不放的');
  await guest.message('不放的').locator('.quo', { hasText: '礼盒里放价签吗？' }).waitFor();
  const quoted = agent.message('不放的').locator('button.quoted', { hasText: '礼盒里放价签吗？' });
  await quoted.click();
  await agent.log.locator('.msg-row.lit', { hasText: '礼盒里放价签吗？' }).waitFor();
});

story('what is put off waits apart, survives a reload, and comes back when the customer writes', async ({ demo, person }) => {
  await alone(demo, 'linzhixia');
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  const guest = await Visitor.who(demo, await person(), '明天再联系我');
  await agent.open('明天再联系我');
  await agent.page.keyboard.press('Alt+KeyM');
  await agent.page.getByRole('menuitem', { name: /明天早上/ }).click();
  await group(agent, '稍后').waitFor();
  await agent.page.goto(`${demo.url}/console/work`);
  await group(agent, '稍后').waitFor();
  await agent.card('明天再联系我').getByText(/明天 09:00/).waitFor();
  await guest.say('还是现在说吧');
  await until('it is my turn again', async () => (await group(agent, '稍后').count()) === 0 && (await group(agent, '轮到你').count()) === 1);
});

story('a colleague who is named in a note finds it in their list until they look', async ({ demo, person }) => {
  await alone(demo, 'linzhixia', 'shenjia');
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  await Visitor.who(demo, await person(), '企业采购怎么开票？');
  await agent.open('企业采购怎么开票？');
  const other = await Agent.at(demo, await person(), 'shenjia');
  await other.page.locator('.list').waitFor();
  await agent.page.getByRole('button', { name: '内部备注' }).click();
  await agent.field.pressSequentially('麻烦@沈');
  await agent.page.getByRole('option', { name: /沈嘉/ }).waitFor();
  await agent.field.press('Enter');
  await agent.field.pressSequentially('看一下开票');
  await agent.field.press('Enter');
  await agent.log.locator('.note .named-one', { hasText: '@沈嘉' }).waitFor();
  const row = other.page.locator('.list .item.named');
  await row.getByText('看一下开票').waitFor();
  await until('the tab counts it', async () => /^\(1\)/.test(await other.page.title()));
  await row.click();
  await other.log.locator('.note', { hasText: '看一下开票' }).waitFor();
  await until('it is no longer listed', async () => (await row.count()) === 0);
  await other.page.goto(`${demo.url}/console/work`);
  await other.page.locator('.list .none').waitFor();
  assert.equal(await row.count(), 0);
});

story('a reply can be taken back for some seconds; with Control and Alt it ends the session too', async ({ demo, person }) => {
  await alone(demo, 'linzhixia');
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  await agent.page.getByRole('button', { name: /^我的菜单/ }).click();
  await agent.page.getByRole('menuitemcheckbox', { name: '提醒与习惯' }).click();
  await agent.page.getByLabel('发送后可以撤回').selectOption('5');
  await agent.page.keyboard.press('Escape');
  const guest = await Visitor.who(demo, await person(), '多少钱？');
  await agent.open('多少钱？');
  await agent.sees('多少钱？');
  await agent.say('一千二');
  await agent.page.locator('.held-back', { hasText: '一千二' }).getByRole('button', { name: '撤回来改' }).click();
  assert.equal(await agent.field.inputValue(), '一千二');
  await agent.field.fill('1280 元');
  await agent.field.press('Control+Alt+Enter');
  await guest.sees('1280 元');
  await guest.log.locator('.sv').waitFor();
  const told = await guest.bubbles();
  assert.ok(!told.some((text) => text.includes('一千二')), 'what was taken back never left');
  // Leaving the thread is no way to lose a reply.
  const next = await Visitor.who(demo, await person(), '在吗？');
  await agent.open('在吗？');
  await agent.sees('在吗？');
  await agent.say('在的');
  await agent.page.goto(`${demo.url}/console/people`);
  await next.sees('在的');
});

story('a voice message is recorded, heard on both sides, and kept from doors that cannot carry it', async ({ demo, person }) => {
  await alone(demo, 'linzhixia');
  const agent = await Agent.at(demo, await person({ permissions: ['microphone'] }), 'linzhixia');
  await agent.be('online');
  const guest = await Visitor.who(demo, await person(), '怎么念？');
  await agent.open('怎么念？');
  await agent.page.getByRole('button', { name: '录音' }).click();
  await agent.page.locator('.recording', { hasText: '00:02' }).waitFor();
  await agent.page.getByRole('button', { name: '完成录音' }).click();
  await until('it is uploaded', async () => (await agent.page.locator('.attached progress').count()) === 0 && (await agent.page.locator('.attached li').count()) === 1);
  await agent.page.getByRole('button', { name: '发送', exact: true }).click();
  const bubble = agent.log.locator('.voice');
  await bubble.getByRole('button', { name: '播放语音' }).waitFor();
  await until('it says how long it is', async () => /00:0[1-9]/.test(await bubble.innerText()));
  await guest.log.locator('audio, .fl').first().waitFor();
});

story('a list is kept under a name; a supervisor ends many at once', async ({ demo, person }) => {
  await alone(demo, 'linzhixia', 'cenxi');
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  for (const text of ['第一件', '第二件']) await Visitor.who(demo, await person(), text);
  await agent.card('第一件').first().waitFor();
  await agent.card('第二件').first().waitFor();

  const boss = await Agent.at(demo, await person(), 'cenxi');
  await boss.tab('全部');
  const menu = () => boss.page.getByRole('button', { name: '筛选与排序' }).click();
  await menu();
  await boss.page.getByRole('menuitemcheckbox', { name: '官网' }).click();
  await menu();
  await boss.page.getByRole('menuitemcheckbox', { name: '接待中' }).click();
  await menu();
  await boss.page.getByRole('menuitemcheckbox', { name: '把现在的筛选存下来' }).click();
  await boss.page.getByLabel('名字').fill('官网在接');
  await boss.page.getByRole('button', { name: '保存' }).click();
  await boss.page.reload();
  await boss.page.getByRole('button', { name: '官网在接' }).click();
  await boss.card('第一件').first().waitFor();

  await menu();
  await boss.page.getByRole('menuitemcheckbox', { name: '多选' }).click();
  await boss.page.locator('.pickable', { hasText: '第一件' }).getByRole('checkbox').check();
  await boss.page.locator('.pickable', { hasText: '第二件' }).getByRole('checkbox').check();
  const bar = boss.page.getByRole('toolbar', { name: '多选' });
  await bar.getByText('已选 2').waitFor();
  await bar.getByRole('button', { name: '结束' }).click();
  await boss.page.getByRole('dialog', { name: /结束选中的 2 段/ }).getByRole('button', { name: '结束' }).click();
  for (const text of ['第一件', '第二件']) await until(`${text} is no longer hers`, async () => (await agent.card(text).count()) === 0);
});

story('a supervisor whispers in a colleague’s thread, hands it on, takes it over and ends it', async ({ demo, person }) => {
  await alone(demo, 'linzhixia', 'shenjia', 'cenxi');
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  const guest = await Visitor.who(demo, await person(), '我要投诉');
  await agent.open('我要投诉');
  const talk = new URL(agent.page.url()).pathname.split('/').at(-1);
  const other = await Agent.at(demo, await person(), 'shenjia');
  await other.be('online');
  const boss = await Agent.at(demo, await person(), 'cenxi', `work/${talk}`);
  await boss.sees('我要投诉');
  await boss.page.getByRole('button', { name: '内部备注', exact: true }).click();
  await boss.say('先道歉，再问单号');
  await agent.log.locator('.note', { hasText: '先道歉，再问单号' }).waitFor();

  await boss.head.getByRole('button', { name: '转接' }).click();
  const sheet = boss.page.getByRole('dialog', { name: '转接' });
  await sheet.locator('.pick', { hasText: '沈嘉' }).click();
  await sheet.getByRole('button', { name: '转给 沈嘉' }).click();
  await other.open('我要投诉');
  await boss.page.goto(`${demo.url}/console/work/${talk}`);
  await boss.page.getByRole('button', { name: '接过来' }).click();
  await boss.say('我是主管，我来处理。');
  await guest.sees('我是主管，我来处理。');
  assert.ok(!(await guest.log.innerText()).includes('先道歉'), 'no whisper reaches the visitor');
  await boss.head.getByRole('button', { name: '结束' }).click();
  await guest.log.locator('.sv').waitFor();
});

story('a connection is set up step by step, by what its channel says of itself', async ({ demo, person }) => {
  const admin = await Agent.at(demo, await person(), 'admin', 'settings/connections/new');
  const page = admin.page;
  await page.locator('.kind', { hasText: '微信客服' }).click();
  await page.locator('.todo li').first().waitFor();
  await page.getByRole('button', { name: '建立连接' }).click();
  assert.ok((await page.locator('.field-fault', { hasText: '不能为空' }).count()) >= 2, 'what is missing is said at each field');
  await page.getByLabel('名称').fill('第二个企业微信');
  await page.getByLabel('企业ID').fill('wwnobody0000001');
  await page.getByLabel('AgentId').fill('1000002');
  await page.getByLabel('Secret').fill('not-the-secret');
  await page.getByRole('button', { name: '换一个接口地址' }).click();
  await page.getByLabel('接口地址', { exact: false }).last().fill(demo.simulator);
  await page.getByRole('button', { name: '建立连接' }).click();

  const lines = page.locator('.copy-line code');
  await lines.filter({ hasText: '/callback/wecom_kf/' }).waitFor();
  const keys = await lines.allInnerTexts();
  assert.equal(keys.length, 3);
  assert.match(keys[2], /^[A-Za-z0-9]{43}$/);
  await page.getByRole('button', { name: '测试连接' }).click();
  await page.locator('.checks .late-ink').first().waitFor();
  await page.getByRole('button', { name: '改好前一直测试' }).click();
  await page.getByRole('button', { name: '不再测试' }).click();

  const more = () => page.locator('.setup').getByRole('button', { name: '更多' }).click();
  await more();
  await page.getByRole('menuitem', { name: '更换 Token 和密钥' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '更换', exact: true }).click();
  await until('the keys are other ones', async () => (await lines.nth(2).innerText()) !== keys[2]);
  await more();
  await page.getByRole('menuitem', { name: '暂停' }).click();
  await page.locator('.admin-head .tag', { hasText: '已暂停' }).waitFor();
  await more();
  await page.getByRole('menuitem', { name: '删除' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '删除' }).click();
  await page.locator('.admin-row', { hasText: '企业微信（模拟）' }).click();
  await page.locator('.admin-rows .admin-row').first().waitFor();
  await page.getByRole('button', { name: '测试连接' }).click();
  await page.locator('.checks .ok-ink').first().waitFor();
});
