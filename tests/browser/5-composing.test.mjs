// 中文 input: the Enter that ends a composition is the input method's, not ours.
import assert from 'node:assert/strict';
import { stage, until } from './kit/browser.mjs';
import { Agent } from './kit/console.mjs';
import { Phone } from './kit/phone.mjs';
import { Visitor } from './kit/visitor.mjs';

const { story } = stage();

/** Types as an input method does, ends the composition by Enter, and sends by another Enter. */
async function compose(page, field, { pinyin, words, sent, what }) {
  const line = await page.context().newCDPSession(page);
  await field.focus();
  for (let n = 1; n <= pinyin.length; n += 1) {
    const text = pinyin.slice(0, n);
    await line.send('Input.imeSetComposition', { text, selectionStart: n, selectionEnd: n });
  }
  assert.equal(await field.inputValue(), pinyin, `${what}: the field shows what is being composed`);
  // The platform reports the Enter that picks a candidate with code 229, while composing.
  await line.send('Input.dispatchKeyEvent', { type: 'keyDown', windowsVirtualKeyCode: 229, code: 'Enter', key: 'Enter' });
  await line.send('Input.dispatchKeyEvent', { type: 'keyUp', windowsVirtualKeyCode: 229, code: 'Enter', key: 'Enter' });
  await line.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', windowsVirtualKeyCode: 13, code: 'Enter', key: 'Enter' });
  await line.send('Input.dispatchKeyEvent', { type: 'keyUp', windowsVirtualKeyCode: 13, code: 'Enter', key: 'Enter' });
  assert.equal(await sent(pinyin), 0, `${what}: Enter while composing has sent the letters`);
  await line.send('Input.insertText', { text: words });
  await until(`${what}: the field holds the words`, async () => (await field.inputValue()) === words);
  assert.equal(await sent(words), 0, `${what}: the end of the composition has sent`);
  await field.press('Enter');
  await until(`${what}: Enter sends`, async () => (await sent(words)) === 1);
  assert.equal(await field.inputValue(), '', `${what}: the field is empty after sending`);
  await line.detach();
}

const among = (side) => async (text) => (await side.bubbles()).filter((one) => one === text).length;

story('Enter while composing Chinese does not send: widget and console', async ({ demo, person }) => {
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  // The page of its own: a frame of another origin has its own line to the browser.
  const visitor = await Visitor.onChatPage(demo, await person());
  await visitor.field.waitFor();
  await compose(visitor.page, visitor.field, { pinyin: 'nihao', words: '你好，请问', sent: among(visitor), what: 'widget' });

  await agent.open('你好，请问');
  await agent.sees('你好，请问');
  await compose(agent.page, agent.field, { pinyin: 'keyide', words: '可以的', sent: among(agent), what: 'console' });
  await visitor.sees('可以的');
});

story('Enter while composing Chinese does not send: phone', async ({ demo, person }) => {
  const phone = await Phone.pickUp(demo, await person());
  await phone.enter('视频号主页');
  await compose(phone.page, phone.field, { pinyin: 'zaima', words: '在吗', sent: (text) => phone.log.locator('.ln.me', { hasText: text }).count(), what: 'phone' });
});
