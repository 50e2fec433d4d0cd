// The line: nobody waits beside a free agent, whoever stands before them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Demo } from '../browser/kit/demo.mjs';
import { Desk } from './kit/desk.mjs';
import { Site } from './kit/site.mjs';

let demo;

before(async () => {
  demo = await Demo.start();
});

after(() => demo?.stop());

test('two hundred who wait for a skill that nobody has hold up nobody else', async () => {
  const admin = await demo.as('admin');
  const { items: accounts } = await admin.get('/kf-accounts');
  const { items: doors } = await admin.get('/entry-points');
  const rare = await admin.post('/kf-accounts', { name: '法语客服', team_id: accounts[0].team_id, rules: { required_skills: ['法语'] } });
  const door = await admin.post('/entry-points', { channel: 'website', open_kfid: rare.open_kfid ?? rare.id, name: '法语站', website: { allowed_origins: [] } });
  for (let n = 0; n < 200; n += 20) {
    await Promise.all(Array.from({ length: 20 }, async () => (await Site.open(demo, { entryPoint: door.id })).say('Bonjour')));
  }
  const desk = await Desk.open(demo);
  const customer = await Site.open(demo, { entryPoint: doors.find(({ channel }) => channel === 'website').id });
  const began = Date.now();
  await customer.say('有人吗？');
  await desk.hearsText('有人吗？');
  assert.ok(Date.now() - began < 5_000);
  assert.equal([...desk.said.values()].some(({ text }) => text?.content === 'Bonjour'), false, 'and nobody got who lacks the skill');
  desk.close();
});
