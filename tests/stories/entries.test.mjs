// Every entry × {in, out, media, attribution, window, failure shown, handoff}, over the API and the
// simulated platform. Each cell is the test `ENTRY: COLUMN`; the table of what was proved is printed and
// written to `stories/entries.md` beside the build.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Demo } from '../browser/kit/demo.mjs';
import { leaf } from '../browser/kit/files.mjs';
import { Desk, until } from './kit/desk.mjs';
import { sha } from './kit/wechat.mjs';
import { rows } from './rows.mjs';

const columns = ['in', 'out', 'media', 'attribution', 'window', 'failure shown', 'handoff'];
const proved = new Map();
let demo;
let desk;
let said = 0;
const inquiries = [];

before(async () => {
  demo = await Demo.start();
  desk = await Desk.open(demo);
});

after(async () => {
  desk?.close();
  await demo?.stop();
  const mark = (row, column) => proved.get(`${row.name} ${column}`) ?? '';
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const table = [line(['entry', ...columns]), line(['---', ...columns.map(() => '---')]), ...rows.map((row) => line([row.name, ...columns.map((column) => mark(row, column))]))].join('\n');
  const folder = join(process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL('../../target', import.meta.url)), 'stories');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'entries.md'), `${table}\n`);
  console.log(`\n${table}\n`);
});

/** A customer who came in and wrote, and their conversation as the agent has it. */
async function inquiry(row) {
  const customer = await row.enter(demo);
  const words = `请问第 ${++said} 件事`;
  await customer.say(words);
  const heard = await desk.hearsText(words);
  inquiries.push(heard.conversation_id);
  return { customer, id: heard.conversation_id };
}

/** An agent takes only so many at once: what is over makes room. */
async function endInquiries() {
  for (const id of inquiries.splice(0)) {
    const { session } = await desk.conversation(id);
    if (session?.servicer_userid === desk.me && session.service_state === 3) await desk.end(session);
  }
}

const prove = {
  async in(row) {
    const { customer, id } = await inquiry(row);
    const session = await until('it is assigned', async () => {
      const { session } = await desk.conversation(id);
      return session?.servicer_userid === desk.me && session;
    });
    await desk.end(session);
    await customer.say(`又来了 ${said}`);
    const again = await desk.hearsText(`又来了 ${said}`);
    assert.equal(again.conversation_id, id, 'one conversation that never ends');
    assert.notEqual((await desk.conversation(id)).session.session_id, session.session_id);
    assert.equal((await desk.conversation(id)).entry.channel, row.channel);
  },

  async out(row) {
    const { customer, id } = await inquiry(row);
    const words = `答复 ${said}，放心`;
    const sent = await desk.replyText(id, words);
    await customer.sees(words);
    await until('it is told as sent', async () => ['sent', 'delivered', 'read'].includes((await desk.message(id, sent.msgid))?.delivery));
    assert.equal((await customer.texts()).filter((one) => one === words).length, 1, 'once');
  },

  async media(row) {
    const { customer, id } = await inquiry(row);
    await customer.sayPicture(leaf);
    const got = await until('the picture is here', async () => (await desk.messages(id)).find(({ origin, msgtype, image }) => origin === 3 && msgtype === 'image' && image.media_id));
    assert.equal(sha(await desk.bytes(got.image.media_id)), sha(leaf), 'the same bytes');
    const mine = await desk.upload(leaf, 'answer.png', 'image/png');
    await desk.reply(id, { msgtype: 'image', image: { media_id: mine.media_id } });
    assert.equal(sha(await customer.seesPicture()), sha(leaf), 'the same bytes');
  },

  async attribution(row) {
    const { id } = await inquiry(row);
    const { source } = (await desk.conversation(id)).entry;
    assert.equal(source.kind, row.source.kind);
    assert.match(`${source.title} ${source.detail ?? ''}`, row.source.title);
  },

  async window(row) {
    const { customer, id } = await inquiry(row);
    await until('it is assigned', async () => (await desk.conversation(id)).session.service_state === 3);
    if (row.credits === null) {
      assert.equal((await desk.conversation(id)).credits, null);
      for (let n = 0; n < 7; n += 1) await desk.replyText(id, `第 ${n} 句`);
      await customer.sees('第 6 句');
      return;
    }
    const { left, of } = (await desk.conversation(id)).credits;
    assert.equal(of, row.credits);
    for (let n = 0; n < left; n += 1) await desk.replyText(id, `第 ${n} 句`);
    const used = await desk.conversation(id);
    assert.equal(used.credits.left, 0);
    assert.equal(used.can_send.ok, false);
    await assert.rejects(desk.replyText(id, '再来一句'), /credits_used/);
    await customer.sees(`第 ${left - 1} 句`);
    // Platforms tell times in seconds, and what went out within that of the words counts against them.
    await sleep(1100);
    await customer.say('好的');
    await until('the window is open again', async () => (await desk.conversation(id)).credits.left === row.credits);
    await desk.replyText(id, '欢迎再来');
    await customer.sees('欢迎再来');
  },

  async 'failure shown'(row) {
    const { customer, id } = await inquiry(row);
    if (!row.failing) {
      // The stream is ours: what cannot go is refused before it is stored, in words.
      await assert.rejects(desk.replyText(id, '长'.repeat(4097)), /too_large|bad_request/);
      assert.equal((await desk.messages(id)).filter(({ origin }) => origin === 5).length, 0);
      return;
    }
    await demo.sim('fault', row.failing);
    const { msgid } = await desk.replyText(id, `会失败的 ${said}`);
    const failed = await until('it is told as failed', async () => {
      const told = await desk.message(id, msgid);
      return told?.delivery === 'failed' && told;
    });
    assert.ok(failed.failure.reason.length > 4, 'in words');
    await desk.agent.post(`/messages/${msgid}/resend`);
    await customer.sees(`会失败的 ${said}`);
  },

  async handoff(row) {
    const { customer, id } = await inquiry(row);
    const { handoff_id } = await desk.agent.post(`/conversations/${id}/handoffs`, { client_msg_id: `h${said}`, kind: 'specialist' });
    await row.takeUp(demo, customer);
    await until('it is added', async () => (await desk.messages(id)).find(({ handoff }) => handoff?.handoff_id === handoff_id)?.handoff.status === 'added');
  },
};

for (const row of rows) {
  describe(row.name, () => {
    for (const column of columns) {
      test(`${row.name}: ${column}`, async () => {
        try {
          await prove[column](row);
        } finally {
          await endInquiries();
        }
        proved.set(`${row.name} ${column}`, '✓');
      });
    }
  });
}
