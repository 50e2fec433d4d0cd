// The lists stay light however much is in them. Measured in processor time of the page's own thread,
// which neighbours on the machine do not change.
import assert from 'node:assert/strict';
import { stage, until } from './kit/browser.mjs';
import { crowd } from './kit/crowd.mjs';

const { story } = stage();
/** Processor time of a frame at 60 a second. */
const FRAME_MS = 1000 / 60;

/** Milliseconds of processor time that the page's main thread spends on `act`. */
async function cost(page, act) {
  const tool = await page.context().newCDPSession(page);
  await tool.send('Performance.enable', { timeDomain: 'threadTicks' });
  const spent = async () => (await tool.send('Performance.getMetrics')).metrics.find((m) => m.name === 'TaskDuration').value * 1000;
  const before = await spent();
  await act();
  const after = await spent();
  await tool.detach();
  return after - before;
}

/** Scrolls a box by steps, one a frame, from where it is. */
const scroll = (page, selector, steps, by) =>
  page.locator(selector).evaluate(
    async (box, [n, px]) => {
      for (let at = 0; at < n; at++) {
        box.scrollTop += px;
        await new Promise((go) => requestAnimationFrame(go));
      }
    },
    [steps, by],
  );

story('five thousand conversations scroll like fifty', async ({ demo, person, t }) => {
  const STEPS = 60;
  const perStep = {};
  for (const people of [50, 5_000]) {
    const context = await person();
    await crowd(context, people, 20);
    const page = await context.newPage();
    await page.goto(`${demo.url}/console/work`);
    await page.locator('.list .item').first().waitFor();
    await scroll(page, '#list-panel', 10, 5);
    perStep[people] = (await cost(page, () => scroll(page, '#list-panel', STEPS, 50))) / STEPS;
    const drawn = await page.locator('.list .item').count();
    assert.ok(drawn > 5 && drawn < 40, `${drawn} cards are drawn of ${people}`);
    if (people < 5_000) continue;
    const height = await page.locator('#list-panel').evaluate((box) => box.scrollHeight);
    assert.ok(height > 350_000, `the list is as long as its rows: ${height}`);
    await page.locator('#list-panel').evaluate((box) => (box.scrollTop = box.scrollHeight));
    await page.locator('.list .item', { hasText: '客户 4999' }).first().waitFor();
  }
  t.diagnostic(`a step costs ${perStep[50].toFixed(1)} ms with 50, ${perStep[5000].toFixed(1)} ms with 5,000`);
  assert.ok(perStep[5000] < FRAME_MS, `a step with 5,000 takes ${perStep[5000].toFixed(1)} ms`);
  assert.ok(perStep[5000] < 3 * perStep[50] + 2, `5,000 cost ${perStep[5000].toFixed(1)} ms a step, 50 cost ${perStep[50].toFixed(1)}`);
});

story('a thread of ten thousand messages scrolls, grows and is answered without a pause', async ({ demo, person, t }) => {
  const LENGTH = 10_000;
  const context = await person();
  const live = await crowd(context, 30, LENGTH);
  const page = await context.newPage();
  // Leads to the very first message, so that all of them are loaded.
  await page.goto(`${demo.url}/console/work/c1?seq=1`);
  const log = page.getByRole('log');
  await log.locator('.msg-row', { hasText: '第 1 句' }).first().waitFor({ timeout: 90_000 });
  const drawn = await log.locator('.msg-row').count();
  assert.ok(drawn < 120, `${drawn} rows are drawn of ${LENGTH}`);
  const step = (await cost(page, () => scroll(page, '.flow', 60, 120))) / 60;
  await page.getByRole('button', { name: '到最新' }).click();
  await log.locator('.msg-row', { hasText: `第 ${LENGTH} 句` }).first().waitFor();

  let n = 0;
  const arrival = (await cost(page, async () => {
    for (let more = 0; more < 20; more++) {
      live.say(++n);
      await log.locator('.msg-row', { hasText: `第 ${LENGTH + n} 句` }).first().waitFor();
    }
  })) / 20;
  const field = page.locator('.comp textarea');
  const words = '马上帮您看一下，请稍等。';
  const key = (await cost(page, () => field.pressSequentially(words))) / words.length;
  await until('the words stand there', async () => (await field.inputValue()) === words);
  t.diagnostic(`of ${LENGTH}: ${step.toFixed(1)} ms a step of scrolling, ${arrival.toFixed(1)} ms a message that arrives, ${key.toFixed(1)} ms a key`);
  assert.ok(step < FRAME_MS, `a step takes ${step.toFixed(1)} ms`);
  assert.ok(arrival < 50, `a message that arrives takes ${arrival.toFixed(1)} ms`);
  assert.ok(key < FRAME_MS, `a key takes ${key.toFixed(1)} ms`);
});
