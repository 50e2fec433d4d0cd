// From a one-off contact to a lasting one: a specialist, a fan group; from WeChat and from a website.
import { stage, until } from './kit/browser.mjs';
import { Agent } from './kit/console.mjs';
import { Phone } from './kit/phone.mjs';
import { Visitor } from './kit/visitor.mjs';

const { story } = stage();

story('a specialist offered in WeChat is added: thread, panel and the friend\'s chat say so', async ({ demo, person }) => {
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  const phone = await Phone.pickUp(demo, await person());
  await phone.enter('视频号直播间');
  await phone.say('以后想直接找人问');
  await agent.open('以后想直接找人问');
  await agent.sees('以后想直接找人问');

  await agent.offer('服务专员');
  await phone.add();

  await agent.step(/已添加\s*\d\d:\d\d/);
  await agent.panel.locator('.steps .now', { hasText: '已添加' }).waitFor();
  await phone.sees('以后有事直接找我');
});

story('a fan group offered in WeChat is joined: thread and panel say so', async ({ demo, person }) => {
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  const phone = await Phone.pickUp(demo, await person());
  await phone.enter('视频号直播间');
  await phone.say('有粉丝群吗？');
  await agent.open('有粉丝群吗？');
  await agent.sees('有粉丝群吗？');

  await agent.offer('粉丝群');
  await phone.openCard();
  await phone.page.getByRole('button', { name: '加入群聊' }).click();

  await agent.step('已进群');
  await agent.panel.locator('.steps .now', { hasText: '已进群' }).waitFor();
});

story('a specialist offered on a website: a card with a code, opened, scanned with the phone, added', async ({ demo, person }) => {
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  const visitor = await Visitor.onSite(demo, await person());
  await visitor.openWidget();
  await visitor.say('企业礼品想找专人');
  await agent.open('企业礼品想找专人');
  await agent.sees('企业礼品想找专人');

  await agent.offer('服务专员');
  const code = visitor.log.locator('.sc .qr');
  await code.locator('img').waitFor();
  await until('the code is loaded', () => code.locator('img').evaluate((img) => img.complete && img.naturalWidth > 0));
  await code.click();
  await agent.step('已扫码');
  const large = visitor.chat.getByRole('dialog', { name: '图片' }).locator('img');
  await large.waitFor();
  const picture = await large.screenshot();
  await visitor.chat.getByRole('dialog', { name: '图片' }).getByRole('button').click();

  const phone = await Phone.pickUp(demo, await person());
  await phone.page.locator('.drop input[type=file]').setInputFiles({ name: 'code.png', mimeType: 'image/png', buffer: picture });
  await phone.page.getByRole('button', { name: '添加为联系人' }).click();
  await agent.step('已添加');
  await visitor.log.locator('.sc').getByText('已添加').waitFor();
});
