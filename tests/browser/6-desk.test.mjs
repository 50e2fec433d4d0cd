// What agents and supervisors do with a conversation besides answering.
import assert from 'node:assert/strict';
import { stage, until } from './kit/browser.mjs';
import { Agent } from './kit/console.mjs';
import { Visitor } from './kit/visitor.mjs';

const { story } = stage();

story('canned reply, private note, transfer with a note, end, survey, rating', async ({ demo, person }) => {
  const first = await Agent.at(demo, await person(), 'linzhixia');
  await first.be('online');
  const visitor = await Visitor.onSite(demo, await person());
  await visitor.openWidget();
  await visitor.say('贺卡怎么写？');
  await first.open('贺卡怎么写？');
  await first.sees('贺卡怎么写？');

  // A prepared answer by its short name.
  await first.field.pressSequentially('/heka');
  await first.page.getByRole('option', { name: /贺卡代写说明/ }).waitFor();
  await first.field.press('Enter');
  await until('the prepared answer is in the field', async () => (await first.field.inputValue()).includes('洒金笺'));
  await first.field.press('Enter');
  await visitor.sees('洒金笺手写');

  // A note is for colleagues only.
  await first.page.getByRole('button', { name: '内部备注' }).click();
  await first.say('他去年买过三盒送客户');
  // Its line may stand beside the draft until the ack takes the draft away.
  await first.log.locator('.note', { hasText: '他去年买过三盒送客户' }).first().waitFor();

  const second = await Agent.at(demo, await person(), 'shenjia');
  await second.be('online');
  await first.page.locator('.thread header').getByRole('button', { name: '转接' }).click();
  const sheet = first.page.getByRole('dialog', { name: '转接' });
  await sheet.locator('.pick', { hasText: '沈嘉' }).click();
  await sheet.getByLabel('给对方的备注').fill('想谈企业价');
  await sheet.getByRole('button', { name: '转给 沈嘉' }).click();
  await until('the first agent no longer has the card', async () => (await first.card('洒金笺').count()) === 0);

  await second.open('访客');
  await second.sees('洒金笺手写');
  await second.log.locator('.note', { hasText: '他去年买过三盒送客户' }).waitFor();
  await second.log.getByText('想谈企业价').waitFor();
  await visitor.log.getByText('沈嘉来为您服务').waitFor();
  await second.say('企业价十盒起。');
  await visitor.sees('企业价十盒起。');
  const told = await visitor.log.innerText();
  assert.ok(!told.includes('三盒') && !told.includes('企业价\n想谈') && !told.includes('想谈企业价'), 'no note reaches the visitor');

  await second.page.locator('.thread header').getByRole('button', { name: '结束' }).click();
  const survey = visitor.log.locator('.sv');
  await survey.getByRole('button', { name: '很好' }).click();
  await survey.getByRole('textbox').fill('回得快');
  await survey.getByRole('button', { name: '提交' }).click();
  await survey.getByText('谢谢您的评价').waitFor();
  await second.page.goto(`${demo.url}/console/work`);
  await second.tab('全部');
  await second.open('访客');
  await second.log.locator('.survey', { hasText: '客户评价：很好' }).waitFor();
  await second.log.locator('.survey', { hasText: '回得快' }).waitFor();
  await second.panel.getByText('回得快').waitFor();
});

story('when nobody is there a visitor sees the place, and a supervisor sees why; who comes online is given the customer', async ({ demo, person }) => {
  for (const account of ['linzhixia', 'shenjia', 'taoran', 'cenxi']) {
    const one = await demo.as(account);
    const boss = await demo.as('admin');
    await boss.post(`/agents/${one.me.servicer_userid}/state`, { state: 'offline' }).catch(() => {});
  }
  const first = await Visitor.onSite(demo, await person());
  await first.openWidget();
  await first.say('有人在吗？');
  await first.chat.locator('.place').getByText('您是下一位').waitFor();
  const second = await Visitor.onSite(demo, await person());
  await second.openWidget();
  await second.say('我也在等');
  await second.chat.locator('.place .n', { hasText: '前面还有' }).getByText('1', { exact: true }).waitFor();

  const boss = await Agent.at(demo, await person(), 'cenxi', 'wall');
  const waiting = boss.page.locator('.qs li');
  await until('the wall shows both', async () => (await waiting.count()) === 2);
  await waiting.first().locator('button.q').click();
  await waiting.first().locator('.ex').getByText('为什么还在等').waitFor();
  await waiting.first().locator('.ex table').getByText('林知夏').waitFor();

  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  await first.log.getByText('林知夏来为您服务').waitFor();
  await second.log.getByText('林知夏来为您服务').waitFor();
  await until('the wall is empty', async () => (await waiting.count()) === 0);
});

story('a supervisor gives a waiting customer to an agent who is busy', async ({ demo, person }) => {
  const agent = await Agent.at(demo, await person(), 'taoran');
  await agent.be('busy');
  for (const account of ['linzhixia', 'shenjia']) {
    const one = await demo.as(account);
    await (await demo.as('admin')).post(`/agents/${one.me.servicer_userid}/state`, { state: 'offline' });
  }
  const visitor = await Visitor.onSite(demo, await person());
  await visitor.openWidget();
  await visitor.say('等指派');
  const boss = await Agent.at(demo, await person(), 'cenxi', 'wall');
  // Those whom the others left wait too: the newest is last.
  const row = boss.page.locator('.qs li').last();
  await row.locator('button.q').click();
  await row.getByRole('button', { name: '指派给' }).click();
  const sheet = boss.page.getByRole('dialog', { name: '指派给' });
  await sheet.locator('.pick', { hasText: '陶然' }).click();
  await sheet.getByRole('button', { name: '指派给 陶然' }).click();
  await agent.open('等指派');
  await visitor.log.getByText('陶然来为您服务').waitFor();
});
