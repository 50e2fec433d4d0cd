// A whole day's work without a mouse: each key does what it says, and who looks at the screen always
// sees where they are.
import assert from 'node:assert/strict';
import { stage, until } from './kit/browser.mjs';
import { Agent, alone } from './kit/console.mjs';
import { Visitor } from './kit/visitor.mjs';

const { story } = stage();

/** Through the open sheet of handing on, to a colleague. */
async function handOn(agent, name) {
  const sheet = agent.page.getByRole('dialog', { name: '转接' });
  await sheet.locator('.pick', { hasText: name }).waitFor();
  await agent.page.keyboard.type(name);
  await agent.page.keyboard.press('Enter');
  await sheet.getByRole('button', { name: `转给 ${name}` }).waitFor();
  await agent.page.keyboard.press('Enter');
}

/** Where the focus is: what it is on, and whether a ring or a frame of another colour shows it. */
const focus = (page) =>
  page.evaluate(() => {
    const at = document.activeElement;
    const ringed = (el) => getComputedStyle(el).boxShadow !== 'none' || getComputedStyle(el).outlineStyle !== 'none';
    // The field of the composer and of a search has its ring around it.
    const around = [at, at?.closest('.comp, .input, .cmd-field, .sheet-box')].filter(Boolean);
    return { on: `${at?.tagName} ${at?.getAttribute('aria-label') ?? at?.textContent?.trim().slice(0, 20) ?? ''}`, seen: at !== document.body && around.some(ringed) };
  });
async function seen(agent, when) {
  const { on, seen: visible } = await focus(agent.page);
  assert.ok(visible, `${when}: no focus is to be seen; it is on ${on}`);
}
async function command(agent, words) {
  await agent.page.keyboard.press('Control+k');
  const bar = agent.page.getByRole('dialog', { name: '搜索与命令' });
  await bar.getByRole('combobox').waitFor();
  await agent.page.keyboard.type(words);
  await bar.getByRole('option', { name: words }).first().waitFor();
  await agent.page.keyboard.press('Enter');
  await bar.waitFor({ state: 'hidden' });
}

story('a whole conversation by keys alone: from the queue to the end, and the next', async ({ demo, person }) => {
  await alone(demo, 'linzhixia', 'shenjia');
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  const { keyboard } = agent.page;
  await agent.page.locator('.me', { hasText: /\/ [1-9]/ }).waitFor();
  // Who is busy is given nobody, and takes whom they want.
  await command(agent, '状态改为忙碌');
  await agent.page.getByRole('button', { name: /^我的状态.*忙碌/ }).waitFor();
  const first = await Visitor.who(demo, await person(), '有收据吗');
  const second = await Visitor.who(demo, await person(), '发什么快递');

  await keyboard.press('Alt+KeyN');
  await agent.page.getByRole('tab', { name: '待接入', selected: true }).waitFor();
  await agent.card('发什么快递').waitFor();
  await keyboard.press('Alt+KeyJ');
  await agent.sees('有收据吗');
  await seen(agent, 'a waiting customer is looked at');
  await keyboard.press('Alt+KeyY');
  await agent.field.waitFor();
  await until('the field has the focus', () => agent.field.evaluate((el) => el === document.activeElement));
  await seen(agent, 'accepted');

  await keyboard.type('/');
  const options = agent.page.getByRole('listbox', { name: '快捷回复' }).getByRole('option');
  await options.nth(1).waitFor();
  await keyboard.press('ArrowDown');
  const words = await options.nth(1).locator('.meta').textContent();
  await keyboard.press('Enter');
  assert.ok((await agent.field.inputValue()).length > 5, 'the canned reply stands in the field');
  await keyboard.press('Enter');
  await first.sees(words.replace(/\{\{.*$/s, '').slice(0, 8));
  await seen(agent, 'answered');

  await keyboard.press('Alt+KeyP');
  await keyboard.type('要纸质的');
  await keyboard.press('Enter');
  await agent.log.locator('.note', { hasText: '要纸质的' }).waitFor();
  await seen(agent, 'noted');

  // Backwards from the field there is no step without a ring.
  for (let n = 0; n < 12; n++) {
    await keyboard.press('Shift+Tab');
    await seen(agent, `step ${n + 1} back`);
  }

  const other = await Agent.at(demo, await person(), 'shenjia');
  await other.be('busy');
  await keyboard.press('Alt+KeyT');
  await handOn(agent, '沈嘉');
  await until('the focus is on who waits next', () => agent.card('发什么快递').first().evaluate((el) => el === document.activeElement));
  await seen(agent, 'handed on');
  await other.open('官网');
  await other.sees('有收据吗');

  await keyboard.press('Alt+KeyQ');
  await agent.sees('发什么快递');
  await until('the field has the focus again', () => agent.field.evaluate((el) => el === document.activeElement));
  await keyboard.type('顺丰');
  await keyboard.press('Enter');
  await second.sees('顺丰');
  await keyboard.press('Control+Alt+KeyE');
  await second.log.locator('.sv').waitFor();
});

story('a customer is handed on by keys alone, from the command bar to the colleague', async ({ demo, person }) => {
  await alone(demo, 'linzhixia', 'shenjia');
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  await Visitor.who(demo, await person(), '要改收货地址');
  await agent.open('要改收货地址');
  const other = await Agent.at(demo, await person(), 'shenjia');
  await other.be('online');
  const { keyboard } = agent.page;
  await keyboard.press('Control+k');
  const bar = agent.page.getByRole('dialog', { name: '搜索与命令' });
  await bar.getByRole('combobox').fill('转接');
  await bar.getByRole('option', { name: '转接' }).waitFor();
  await keyboard.press('Enter');
  await handOn(agent, '沈嘉');
  await other.open('要改收货地址');

  // Who is quicker than the search still comes to what it finds.
  await keyboard.press('Control+k');
  await bar.getByRole('combobox').fill('收货地址');
  await keyboard.press('Enter');
  await bar.waitFor({ state: 'hidden' });
  await agent.sees('要改收货地址');
});
