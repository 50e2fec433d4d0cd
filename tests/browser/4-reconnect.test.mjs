// The line breaks, the gateway is killed: nothing is lost, nothing is doubled, on either side.
import assert from 'node:assert/strict';
import { stage, until } from './kit/browser.mjs';
import { Agent } from './kit/console.mjs';
import { Visitor } from './kit/visitor.mjs';

const { story } = stage();

/** Both sides show each of these once, and one's own in the order they were written. */
async function complete(side, name, mine, theirs) {
  const seen = async () => (await side.bubbles()).filter((text) => mine.includes(text) || theirs.includes(text));
  await until(`${name} shows all ${mine.length + theirs.length} messages`, async () => new Set(await seen()).size === mine.length + theirs.length);
  await until(`${name} has nothing on its way`, async () => (await side.unsent()) === 0);
  const all = await seen();
  assert.equal(all.length, mine.length + theirs.length, `${name} shows something twice: ${all.join(' | ')}`);
  for (const one of [mine, theirs]) assert.deepEqual(all.filter((text) => one.includes(text)), one, `${name} shows one side out of order`);
  return all;
}

async function pair(demo, person, first) {
  const [behind, before] = [await person(), await person()];
  const agent = await Agent.at(demo, behind, 'linzhixia');
  await agent.be('online');
  const visitor = await Visitor.onSite(demo, before);
  await visitor.openWidget();
  await visitor.say(first);
  await agent.open(first);
  await agent.sees(first);
  return { agent, visitor, behind, before };
}

story('a visitor who goes offline while both write finds everything once, in order', async ({ demo, person }) => {
  const { agent, visitor, before } = await pair(demo, person, '线路一');
  await before.setOffline(true);
  const [mine, theirs] = [['离线写一', '离线写二', '离线写三'], ['在线答一', '在线答二']];
  for (const text of mine) await visitor.say(text);
  await visitor.strip.waitFor();
  // What the site's script says then is kept too.
  await visitor.page.evaluate(() => (window.kefu('trackEvent', '离线看了', '礼盒'), window.kefu('addTag', '离线标')));
  for (const text of theirs) {
    await agent.say(text);
    await agent.sees(text);
  }
  assert.equal(await agent.message('离线写一').count(), 0, 'nothing was sent while the line was down');
  await before.setOffline(false);
  const there = await complete(visitor, 'the widget', ['线路一', ...mine], theirs);
  const here = await complete(agent, 'the console', ['线路一', ...mine], theirs);
  assert.deepEqual(here, there, 'both sides show one order');
  await visitor.strip.waitFor({ state: 'hidden' });
  const desk = await demo.as('linzhixia');
  const talk = (await desk.get('/conversations?view=mine&limit=50')).items.find((one) => one.last.preview.includes(mine[2]) || one.last.preview.includes(theirs[1]));
  await until('the agent has what the site told meanwhile', async () => {
    const row = await desk.get(`/customers/${talk.customer.external_userid}`);
    return row.tags.includes('离线标') && row.footsteps.some((step) => step.title === '离线看了');
  });
});

story('an agent who goes offline keeps writing, and all of it arrives once', async ({ demo, person }) => {
  const { agent, visitor, behind } = await pair(demo, person, '线路二');
  await behind.setOffline(true);
  const [mine, theirs] = [['坐席写一', '坐席写二'], ['访客问一', '访客问二']];
  for (const text of mine) await agent.say(text);
  for (const text of theirs) await visitor.say(text);
  await visitor.message('访客问二').getByText('已收到').waitFor();
  await behind.setOffline(false);
  // The customer wrote meanwhile: the console asks before it sends what was written blindly.
  await until('all is sent, or asked about', async () => {
    const anyway = agent.page.getByRole('button', { name: '仍然发送' });
    if (await anyway.first().isVisible()) await anyway.first().click();
    return (await visitor.bubbles()).filter((text) => mine.includes(text)).length >= mine.length;
  });
  await complete(visitor, 'the widget', ['线路二', ...theirs], mine);
  await complete(agent, 'the console', ['线路二', ...theirs], mine);
});

story('a gateway killed in mid-conversation and started again has lost and doubled nothing', async ({ demo, person }) => {
  const { agent, visitor } = await pair(demo, person, '断电之前');
  await agent.say('断电前的回答');
  await visitor.sees('断电前的回答');

  const [mine, theirs] = [['断电时一', '断电时二'], ['断电时答']];
  // One message is on its way at the moment of the end.
  const flying = visitor.say('断电瞬间');
  await demo.kill();
  await flying;
  for (const text of mine) await visitor.say(text);
  await visitor.strip.waitFor();
  await demo.start();
  await visitor.chat.getByRole('button', { name: '现在重试' }).click({ timeout: 5_000 }).catch(() => {});
  await agent.page.getByRole('button', { name: '立即重连' }).click({ timeout: 5_000 }).catch(() => {});
  for (const text of ['断电瞬间', ...mine]) await agent.sees(text);
  await agent.say(theirs[0]);

  const asked = ['断电之前', '断电瞬间', ...mine];
  const answered = ['断电前的回答', ...theirs];
  const there = await complete(visitor, 'the widget', asked, answered);
  assert.deepEqual(await complete(agent, 'the console', asked, answered), there, 'both sides show one order');

  // What a page shows that is opened anew is what is on disk.
  await visitor.page.reload();
  await visitor.openWidget();
  assert.deepEqual(await complete(visitor, 'the widget after loading anew', asked, answered), there);
  await agent.page.reload();
  await agent.log.waitFor();
  assert.deepEqual(await complete(agent, 'the console after loading anew', asked, answered), there);
});
