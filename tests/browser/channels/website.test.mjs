// The website: widget beside the console, then on in WeChat without repeating anything.
import { until } from '../kit/browser.mjs';
import { channel, picture } from '../kit/channel.mjs';
import { Visitor } from '../kit/visitor.mjs';

const story = channel('website');

story('a visitor converses with words and pictures, takes a specialist\'s card, and goes on in WeChat', async ({ demo, person, agent, phone, shot }) => {
  const visitor = await Visitor.onSite(demo, await person({ viewport: { width: 900, height: 900 } }));
  await shot('page', visitor.page);
  await visitor.openWidget();
  await visitor.say('礼盒能寄到新加坡吗？');
  await agent.open('礼盒能寄到新加坡吗？');
  await agent.sees('礼盒能寄到新加坡吗？');
  await agent.cameFrom('溪山茶社');
  await agent.say('能，四天到。');
  await visitor.sees('能，四天到。');
  await agent.message('能，四天到。').getByText('已读').waitFor();
  await visitor.chat.locator('form.wc input[type=file]').setInputFiles(picture);
  await agent.seesPicture();
  await agent.sendFile(picture);
  const shown = visitor.log.locator('.m:not(.me) img').last();
  await until('the widget has loaded the picture', () => shown.evaluate((img) => img.complete && img.naturalWidth > 0));
  await shot('conversation', visitor.page);

  const sheet = agent.page.getByRole('dialog', { name: '发卡片' });
  await agent.page.getByRole('button', { name: '发卡片' }).click();
  await sheet.getByRole('button', { name: '位置' }).click();
  await sheet.getByLabel('地点名称').fill('溪山茶社 满觉陇店');
  await sheet.getByLabel('纬度', { exact: true }).fill('30.2210, 120.1195');
  await sheet.getByRole('button', { name: '发送卡片' }).click();
  await visitor.log.locator('.fl', { hasText: '满觉陇店' }).waitFor();
  await agent.page.getByRole('button', { name: '发卡片' }).click();
  await sheet.getByRole('button', { name: '菜单' }).click();
  await sheet.getByLabel('菜单上方的话').fill('怎么送？');
  await sheet.getByLabel('选项 1', { exact: true }).fill('寄到家');
  await sheet.getByRole('button', { name: '发送卡片' }).click();
  await visitor.log.locator('.mn').getByRole('button', { name: '寄到家' }).click();
  await agent.message('寄到家').locator('.tapped').waitFor();
  await shot('cards', visitor.page);

  await agent.offer('服务专员');
  await visitor.log.locator('.sc .qr img').waitFor();
  await shot('handoff', visitor.page);

  await visitor.head.getByRole('button', { name: '更多' }).click();
  await visitor.chat.getByRole('menuitem', { name: '在微信中继续' }).click();
  const code = visitor.chat.locator('.go-on .qr');
  await code.waitFor();
  await shot('continue', visitor.page);
  await phone.page.locator('.drop input[type=file]').setInputFiles({ name: 'code.png', mimeType: 'image/png', buffer: await code.screenshot() });
  await phone.sheet.getByRole('button', { name: '进入会话' }).click();
  await phone.field.waitFor();
  await phone.say('换到微信了，地址是滨海湾');
  await agent.sees('换到微信了，地址是滨海湾');
  await agent.sees('礼盒能寄到新加坡吗？');
  await agent.say('收到，马上改。');
  await phone.sees('收到，马上改。');
  await shot('in-wechat');
});
