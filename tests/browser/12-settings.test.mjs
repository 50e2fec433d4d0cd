// Settings on a wide screen: a list stays beside what is open in it; the record of who had whom.
import assert from 'node:assert/strict';
import { stage, until } from './kit/browser.mjs';
import { Agent, alone } from './kit/console.mjs';
import { Visitor } from './kit/visitor.mjs';

const { story } = stage();

story('a row is changed beside its list, which tells it at once; on a narrower screen the list gives way', async ({ demo, person }) => {
  const { page } = await Agent.at(demo, await person(), 'admin', 'settings/teams');
  await page.getByRole('complementary', { name: '有什么用' }).getByText('例如').waitFor();
  await page.locator('.admin-row', { hasText: '综合组' }).click();
  const name = page.locator('main form').getByLabel('名称');
  await name.fill('综合二组');
  const rows = page.locator('.admin-list .admin-row');
  assert.deepEqual((await rows.locator('.b4').allInnerTexts()).sort(), ['售前组', '综合组'].sort());
  await page.getByRole('button', { name: '保存' }).click();
  await page.locator('.admin-row.on', { hasText: '综合二组' }).waitFor();
  // From row to row without a way back; what was not saved is asked about.
  await name.fill('没有保存');
  page.once('dialog', (dialog) => void dialog.dismiss());
  await rows.filter({ hasText: '售前组' }).click();
  assert.equal(await name.inputValue(), '没有保存');
  page.once('dialog', (dialog) => void dialog.accept());
  await rows.filter({ hasText: '售前组' }).click();
  await until('the other team is open', async () => (await name.inputValue()) === '售前组');
  await page.setViewportSize({ width: 1180, height: 800 });
  await rows.first().waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: '返回' }).click();
  await rows.first().waitFor();
});

story('a code with a scene is made for an official account, and whoever scans it comes with the scene', async ({ demo, person }) => {
  const { page } = await Agent.at(demo, await person(), 'admin', 'settings/entry-points');
  await page.locator('.admin-row', { hasText: '公众号' }).click();
  await page.getByLabel('场景值', { exact: true }).fill('poster-3');
  assert.ok(await page.getByLabel('长期有效').isChecked());
  await page.getByRole('button', { name: '生成二维码' }).click();
  await page.locator('.extra svg, .extra img').first().waitFor();
  const url = /https?:\/\/\S+\/q\/o\/\S+/.exec(await page.locator('.extra').innerText())[0];
  const scanned = await demo.sim('scene', { customer: 'poster-reader', payload: url });
  assert.ok(scanned.openid, 'the code that is shown is one of the account');
});

story('who had whom is found by days, person and kind, and leads to the conversation', async ({ demo, person }) => {
  await alone(demo, 'linzhixia');
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  const guest = await Visitor.onSite(demo, await person());
  await guest.openWidget();
  await guest.say('这单是谁接的');
  await agent.open('这单是谁接的');
  const { page } = await Agent.at(demo, await person(), 'admin', 'settings/audit');
  const row = page.locator('.audit-row', { hasText: '林知夏' });
  await row.getByText('到现在').waitFor();
  await page.getByLabel('怎么分的').selectOption('人工接入或转接');
  await page.getByText('没有符合的记录').waitFor();
  await page.getByLabel('怎么分的').selectOption('自动分派');
  await row.waitFor();
  await page.getByLabel('接待人员').selectOption('沈嘉');
  await page.getByText('没有符合的记录').waitFor();
  await page.getByLabel('接待人员').selectOption('林知夏');
  await page.getByLabel('从这一天').fill('2020-01-01');
  await row.waitFor();
  await page.getByLabel('到这一天').fill('2020-01-02');
  await page.getByText('没有符合的记录').waitFor();
  await page.getByLabel('到这一天').fill(new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 10));
  await row.getByRole('link').click();
  await page.getByRole('log').getByText('这单是谁接的').waitFor();
});
