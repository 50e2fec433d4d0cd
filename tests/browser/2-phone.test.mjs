// A WeChat customer on the simulated phone and an agent at the console.
import { stage, until } from './kit/browser.mjs';
import { Agent } from './kit/console.mjs';
import { leaf } from './kit/files.mjs';
import { Phone } from './kit/phone.mjs';

const { story } = stage();

story('a customer from a live room is welcomed, taps the menu, sends a picture, and converses with an agent', async ({ demo, person }) => {
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');

  const phone = await Phone.pickUp(demo, await person());
  await phone.enter('视频号直播间');
  await phone.sees('您好，想了解什么？');
  await phone.log.getByRole('button', { name: '商品与库存' }).click();

  await agent.card('视频号直播间').first().click();
  await agent.sees('商品与库存');
  await agent.page.locator('.origin').getByText('视频号直播间').waitFor();
  await agent.page.locator('.credit').waitFor();

  await phone.say('还有头采吗？');
  await agent.sees('还有头采吗？');
  await phone.page.locator('.ph input[type=file][accept*=png]').setInputFiles({ name: 'leaf.png', mimeType: 'image/png', buffer: leaf });
  const picture = agent.log.locator('.shot img');
  await picture.waitFor();
  await until('the console has loaded the customer\'s picture', () => picture.evaluate((img) => img.complete && img.naturalWidth > 0));

  await agent.say('还有，明天发出。');
  await phone.sees('还有，明天发出。');
  await agent.message('还有，明天发出。').getByText('已发送').waitFor();
  await agent.page.locator('.credit').getByText(/^4 条/).waitFor();

  await agent.sendFile({ name: '检测报告.pdf', mimeType: 'application/pdf', buffer: Buffer.from(`%PDF-1.4\n${' '.repeat(4_000)}\n%%EOF\n`) });
  await phone.log.locator('.pc.file', { hasText: '检测报告.pdf' }).getByText('4 KB').waitFor();
});

story('a customer from a kf link carries its scene to the console', async ({ demo, person }) => {
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  const phone = await Phone.pickUp(demo, await person());
  await phone.enter('客服链接或二维码');
  await phone.sees('您好，想了解什么？');
  await phone.say('我的包裹到哪里了？');
  await agent.open('我的包裹到哪里了？');
  await agent.sees('我的包裹到哪里了？');
  await agent.page.locator('.origin').getByText('waybill').first().waitFor();
  await agent.say('今天下午到。');
  await phone.sees('今天下午到。');
});

story('what the platform refuses stands on the message in words, and can be sent again', async ({ demo, person }) => {
  const agent = await Agent.at(demo, await person(), 'linzhixia');
  await agent.be('online');
  const phone = await Phone.pickUp(demo, await person());
  await phone.enter('视频号直播间');
  await phone.sees('您好，想了解什么？');
  await phone.say('能开专票吗？');
  await agent.open('能开专票吗？');
  await agent.sees('能开专票吗？');
  await demo.sim('fault', { kind: 'errcode', path: 'kf/send_msg', code: 95030, calls: 1 });
  await agent.say('可以开。');
  const row = agent.message('可以开。');
  await row.getByText('没有送达').waitFor();
  await row.getByRole('button', { name: '重发' }).click();
  await row.getByText('已发送').waitFor();
  await phone.sees('可以开。');
});
