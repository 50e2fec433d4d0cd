// Nothing that an agent has begun goes out unasked, is overtaken, or is lost: ending with words in the
// field, handing on with words on their way, files while another customer is looked at.
import assert from 'node:assert/strict';
import { stage, until } from './kit/browser.mjs';
import { Agent, alone } from './kit/console.mjs';
import { picture } from './kit/channel.mjs';
import { Visitor } from './kit/visitor.mjs';

const { story } = stage();

const undoFor = async (agent, seconds) => {
  await agent.page.evaluate((undo_s) => fetch('/v1/me', { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ undo_s }) }), seconds);
  await agent.page.reload();
};

story('ending asks about words that are not sent: they go out, or wait for the next time', async ({ demo, person }) => {
  await alone(demo, 'linzhixia');
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  const guest = await Visitor.who(demo, await person(), '怎么退货？');
  await agent.open('怎么退货？');
  await agent.sees('怎么退货？');
  await agent.field.fill('七天内都');
  await agent.page.keyboard.press('Control+Alt+KeyE');
  const sheet = agent.page.getByRole('dialog', { name: '结束' });
  await sheet.getByText('还有没发出的内容').waitFor();
  assert.ok(!(await guest.bubbles()).some((text) => text.includes('七天')), 'half a sentence was sent');
  await sheet.getByRole('button', { name: '取消' }).click();
  assert.equal(await agent.field.inputValue(), '七天内都');
  await agent.field.fill('七天内都可以退');
  await agent.page.keyboard.press('Control+Alt+KeyE');
  await sheet.getByRole('button', { name: '发送并结束' }).click();
  await guest.sees('七天内都可以退');
  await guest.log.locator('.sv').waitFor();
});

story('a customer handed on while a reply can still be taken back has the reply first', async ({ demo, person }) => {
  await alone(demo, 'linzhixia', 'shenjia');
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  const other = await Agent.at(demo, await person(), 'shenjia');
  await other.be('busy');
  await undoFor(agent, 5);
  const guest = await Visitor.who(demo, await person(), '能开专票吗？');
  await agent.open('能开专票吗？');
  await agent.sees('能开专票吗？');
  await agent.say('我请同事来答');
  await agent.page.locator('.held-back').waitFor();
  await agent.head.getByRole('button', { name: '转接' }).click();
  const sheet = agent.page.getByRole('dialog', { name: '转接' });
  await sheet.locator('.pick', { hasText: '沈嘉' }).click();
  await sheet.getByRole('button', { name: '转给 沈嘉' }).click();
  await guest.sees('我请同事来答');
  await other.open('官网');
  await other.sees('我请同事来答');
  await undoFor(agent, 0);
});

story('files wait with their customer, and the tenth is refused aloud', async ({ demo, person }) => {
  await alone(demo, 'linzhixia');
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  await Visitor.who(demo, await person(), '要看实物图');
  await Visitor.who(demo, await person(), '另一位');
  await agent.card('另一位').first().waitFor();
  await agent.open('要看实物图');
  const attached = agent.page.locator('.attached li');
  const nine = Array.from({ length: 10 }, (_, n) => ({ ...picture, name: `leaf-${n}.png` }));
  await agent.page.locator('.comp input[type=file]').setInputFiles(nine);
  await agent.page.getByText('一次最多 9 个附件').waitFor();
  await until('nine are attached', async () => (await attached.count()) === 9);
  await agent.open('另一位');
  await until('they are not with somebody else', async () => (await attached.count()) === 0);
  await agent.open('要看实物图');
  await until('they are there again', async () => (await attached.count()) === 9);
});

story('whoever was gone before the messages came has not seen them', async ({ demo, person }) => {
  await alone(demo, 'linzhixia');
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  await Visitor.who(demo, await person(), '先点到的一位');
  await Visitor.who(demo, await person(), '真要看的一位');
  await agent.card('真要看的一位').first().waitFor();
  const first = agent.card('先点到的一位').first();
  const id = await first.getAttribute('data-id');
  let answer;
  await agent.page.route(`**/v1/conversations/${id}/messages*`, async (route) => {
    await new Promise((go) => (answer = go));
    await route.continue();
  });
  await first.click();
  await until('its messages are asked for', () => answer !== undefined);
  await agent.open('真要看的一位');
  await agent.sees('真要看的一位');
  answer();
  await agent.card('真要看的一位').locator('.count').first().waitFor({ state: 'detached' });
  await agent.page.waitForTimeout(1_500);
  assert.equal(await first.locator('.count').count(), 1, 'nobody has looked at it');
});

story('an offer is seen on another page and over a thread on a phone, and answered there', async ({ demo, person }) => {
  await alone(demo, 'shenjia');
  const admin = await demo.as('admin');
  const agent = await Agent.at(demo, await person(), 'shenjia');
  await agent.be('online');
  const first = await Visitor.who(demo, await person(), '先聊着');
  await agent.open('先聊着');
  const talk = new URL(agent.page.url()).pathname.split('/').at(-1);
  const { open_kfid } = await admin.get(`/conversations/${talk}`);
  const rules = async (assign) => {
    const account = await admin.get(`/kf-accounts/${open_kfid}`);
    await admin.patch(`/kf-accounts/${open_kfid}`, { rev: account.rev, rules: { ...account.rules, assign } });
  };
  await rules('manual');
  try {
    await agent.page.goto(`${demo.url}/console/people`);
    await agent.page.locator('main').waitFor();
    const next = await Visitor.who(demo, await person(), '这边等着');
    const strip = agent.page.locator('.offer-strip');
    await strip.getByRole('button', { name: /接入/ }).waitFor();
    await agent.page.keyboard.press('Alt+KeyQ');
    await agent.sees('这边等着');
    await agent.say('来了');
    await next.sees('来了');
    assert.equal(await strip.count(), 0);

    await agent.page.setViewportSize({ width: 390, height: 844 });
    const back = agent.page.locator('.back .count');
    const before = (await back.count()) ? Number.parseInt(await back.innerText(), 10) : 0;
    await first.say('还在吗');
    await until('the way back says that somebody wrote', async () => Number.parseInt(await back.innerText(), 10) === before + 1);
    await Visitor.who(demo, await person(), '手机上也要看到');
    await strip.getByRole('button', { name: /接入/ }).click();
    await agent.sees('手机上也要看到');
  } finally {
    await rules('auto');
  }
});

story('a page opened while nobody answers waits, and goes on where it was', async ({ demo, person }) => {
  const agent = await Agent.at(demo, await person(), 'linzhixia', 'people');
  await agent.page.locator('main.people').waitFor();
  await agent.page.route('**/v1/me', (route) => route.fulfill({ status: 502, body: '' }));
  await agent.page.reload();
  await agent.page.getByText('连上以后自动回到刚才的页面').waitFor();
  await agent.page.unroute('**/v1/me');
  await agent.page.locator('main.people').waitFor();
});
