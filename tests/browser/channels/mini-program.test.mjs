// 小程序: in from the order page with its SessionFrom, words and pictures, page cards both ways.
import { channel, converse, handOff } from '../kit/channel.mjs';
import { leaf } from '../kit/files.mjs';

const story = channel('mini-program');

story('a customer from an order page of a mini-program converses, and page cards go both ways', async (given) => {
  const { demo, agent, phone, desk, shot } = given;
  await phone.visit('小程序');
  await shot('page');
  await phone.place.getByRole('button', { name: '联系客服', exact: true }).click();
  await phone.field.waitFor();
  await converse(given, '能改成送到公司吗？', '可以，地址发我。');
  await agent.cameFrom('order:8812');

  await phone.use('小程序');
  await agent.log.locator('.linkc', { hasText: '订单 8812：武夷岩茶 大红袍' }).waitFor();
  const upload = new FormData();
  upload.append('media', new Blob([leaf], { type: 'image/png' }), 'thumb.png');
  const thumb = await (await fetch(`${demo.url}/v1/media`, { method: 'POST', headers: { cookie: desk.cookie, origin: demo.url }, body: upload })).json();
  const id = new URL(agent.page.url()).pathname.split('/').at(-1);
  await desk.post(`/conversations/${id}/messages`, { client_msg_id: 'page', msgtype: 'miniprogram', miniprogram: { title: '改地址', appid: 'wxkefudemomini0001', pagepath: 'pages/order/address?id=8812', thumb_media_id: thumb.media_id } });
  await agent.log.locator('.linkc', { hasText: '改地址' }).waitFor();
  const card = phone.log.locator('.ln:not(.me) .pc', { hasText: '改地址' });
  await card.click();
  await phone.sheet.getByText('pages/order/address?id=8812').waitFor();
  await shot('page-cards');
  await phone.sheet.getByRole('button', { name: '关闭' }).click();
  await handOff(given);
});

story('a mini-program that hands out the kf link brings its order page along', async ({ agent, phone, shot }) => {
  await phone.visit('小程序');
  await phone.place.getByRole('button', { name: '转到企业的微信客服' }).click();
  await phone.sees('您好，想了解什么？');
  await phone.say('这单还没发');
  await agent.open('这单还没发');
  await agent.sees('这单还没发');
  await agent.cameFrom('小程序');
  await agent.log.locator('.linkc', { hasText: '我的订单' }).waitFor();
  await agent.say('今天发。');
  await phone.sees('今天发。');
  await shot('kf-link');
});
