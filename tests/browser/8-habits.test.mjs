// What makes eight hours at the desk bearable: quoting, putting off, naming a colleague, taking a
// reply back, speaking, lists of one's own, many at once.
import assert from 'node:assert/strict';
import { stage, until } from './kit/browser.mjs';
import { Agent } from './kit/console.mjs';
import { Visitor } from './kit/visitor.mjs';

const { story } = stage();

/** Everybody else is away, so that customers come to these. */
async function alone(demo, ...accounts) {
  const boss = await demo.as('admin');
  for (const account of ['linzhixia', 'shenjia', 'taoran', 'cenxi']) {
    const one = await demo.as(account);
    if (!accounts.includes(account)) await boss.post(`/agents/${one.me.servicer_userid}/state`, { state: 'offline' });
  }
}
async function visitor(demo, person, text) {
  const one = await Visitor.onSite(demo, await person());
  await one.openWidget();
  await one.say(text);
  return one;
}
const group = (agent, name) => agent.page.locator('.list .turn', { hasText: name });

story('a reply quotes what it answers, on both sides, and leads back to it', async ({ demo, person }) => {
  await alone(demo, 'linzhixia');
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  const guest = await visitor(demo, person, '礼盒里放价签吗？');
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
  const quoted = agent.message('不放的').locator('button.quoted');
  await quoted.click();
  await agent.log.locator('.msg-row.lit', { hasText: '礼盒里放价签吗？' }).waitFor();
});

story('what is put off waits apart, survives a reload, and comes back when the customer writes', async ({ demo, person }) => {
  await alone(demo, 'linzhixia');
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  const guest = await visitor(demo, person, '明天再联系我');
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
  await visitor(demo, person, '企业采购怎么开票？');
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
  const guest = await visitor(demo, person, '多少钱？');
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
  const next = await visitor(demo, person, '在吗？');
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
  const guest = await visitor(demo, person, '怎么念？');
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
  for (const text of ['第一件', '第二件']) await visitor(demo, person, text);
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
