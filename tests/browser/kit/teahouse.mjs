// An afternoon at the tea house: conversations in every state, made through the doors that
// customers and agents use.
import { until } from './browser.mjs';
import { Agent } from './console.mjs';
import { leaf } from './files.mjs';
import { Visitor } from './visitor.mjs';

const live = { nickname: '春茶专场', scene: 2 };
const shop = { shop_nickname: '溪山茶社', scene: 4 };
const gift = { msgtype: 'channels_shop_product', channels_shop_product: { product_id: '10000000110471', head_img: 'https://example.com/longjing.png', title: '明前西湖龙井 · 礼盒 250g（头采）', sales_price: '128000', shop_nickname: '溪山茶社' } };

/** Fills a fresh demo; answers the desks and visitors that must stay open for it to stay so. */
export async function afternoon(demo, person) {
  const admin = await demo.as('admin');
  const desk = await demo.as('linzhixia');
  const agents = Object.fromEntries((await admin.get('/agents')).items.map((one) => [one.account, one]));
  const limit = async (account, n) => admin.patch(`/agents/${agents[account].id}`, { limit: n });
  await limit('shenjia', 2);
  await limit('taoran', 5);
  await limit('linzhixia', 8);

  const main = await Agent.at(demo, await person(), 'linzhixia');
  await main.be('online');

  const enter = async (customer, name, way) => {
    await demo.sim('enter', { customer, name, ...way });
    await until(`${name} was welcomed`, async () => (await demo.sim(`screen?customer=${customer}`)).chats[0].lines.some((line) => line.msgtype === 'msgmenu'));
  };
  const say = (customer, content) => demo.sim('say', typeof content === 'string' ? { customer, text: content } : { customer, ...content });
  const of = (name) => until(`${name} has a conversation`, async () => (await desk.get('/conversations?view=mine&limit=50')).items.find((one) => one.customer.name === name));
  let n = 0;
  const write = async (name, content) => {
    const talk = await of(name);
    n += 1;
    return desk.post(`/conversations/${talk.conversation_id}/messages`, { client_msg_id: `shot-${n}`, ...(typeof content === 'string' ? { msgtype: 'text', text: { content } } : content) });
  };
  const know = async (name, fields) => desk.patch(`/customers/${(await of(name)).customer.external_userid}`, fields);

  // Who waits for the customer.
  await enter('muzili', '木子李', { wechat_channels: shop });
  await say('muzili', '单号发我一下');
  await of('木子李');
  await write('木子李', '顺丰单号已发您，预计明天下午到');
  await enter('luyuanshan', '陆远山', { scene: 'waybill' });
  await say('luyuanshan', '仓储记录还能查吗？');
  await of('陆远山');
  await know('陆远山', { mark: 'regular' });
  await write('陆远山', '2021 年的那批我帮您查，稍等');

  // The conversation that is open.
  await enter('zhouyan', '周砚', { wechat_channels: live });
  const menu = (await demo.sim('screen?customer=zhouyan')).chats[0].lines.find((line) => line.msgtype === 'msgmenu');
  await demo.sim('tap', { customer: 'zhouyan', msgid: menu.msgid, index: 0 });
  await say('zhouyan', gift);
  await say('zhouyan', '这批明前是哪天采的？送长辈，价签能拿掉吗，想附张贺卡');
  const talk = await of('周砚');
  await know('周砚', { mark: 'vip', tags: ['送礼', '龙井', '企业采购', '不放价签'], phone: '138 0571 ····', remark: '' });
  await desk.post(`/customers/${talk.customer.external_userid}/notes`, { text: '送岳父 70 寿，4 月 12 日前要到。不接电话，微信联系。' });
  await write('周砚', '周先生您好，这批是 3 月 26 日龙坞村的头采，检测报告发您。礼盒本来就不放价签，贺卡可以代写，您把想写的话发我就行。');
  const upload = new FormData();
  upload.append('media', new Blob(['%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n', new Uint8Array(1_240_000)], { type: 'application/pdf' }), '2026 春茶检测报告.pdf');
  const report = await (await fetch(`${demo.url}/v1/media`, { method: 'POST', headers: { cookie: desk.cookie, origin: demo.url }, body: upload })).json();
  await write('周砚', { msgtype: 'file', file: { media_id: report.media_id } });
  await desk.post(`/conversations/${talk.conversation_id}/notes`, { client_msg_id: 'note-1', text: '他去年 11 月买过 3 盒送客户，问问企业礼品价' });
  const picture = await fetch(`${demo.simulator}/sim/media?type=image&filename=box.png`, { method: 'POST', body: leaf }).then((answer) => answer.json());
  await say('zhouyan', { msgtype: 'image', image: { media_id: picture.media_id } });
  await say('zhouyan', '去年是这个盒子，今年一样吗？');
  await say('zhouyan', '好，那贺卡就写“松鹤延年”，落款周砚');
  await until('all his words are there', async () => (await of('周砚')).last.preview.includes('松鹤延年'));
  const [specialist] = (await admin.get('/specialists')).items;
  await desk.post(`/conversations/${talk.conversation_id}/handoffs`, { client_msg_id: 'hand-1', kind: 'specialist', target_id: specialist.id });
  const card = await until('the card is on the phone', async () => (await demo.sim('screen?customer=zhouyan')).chats[0].lines.findLast((line) => line.side === 'them' && (line.msgtype === 'image' || line.msgtype === 'link')));
  const code = await demo.sim('scan', { customer: 'zhouyan', msgid: card.msgid });
  await demo.sim('add', { customer: 'zhouyan', config_id: code.config_id ?? code.seen?.config_id, payload: code.payload });
  await until('he has added', async () => (await desk.get(`/customers/${talk.customer.external_userid}`)).handoffs.added === 1);
  await demo.sim('fault', { kind: 'errcode', path: 'kf/send_msg', code: 95013, calls: 1 });
  await write('周砚', '一样的，今年内衬换成了可降解纸浆。');
  await say('zhouyan', '那就来两盒，发票开公司抬头');

  // Whose turn it is.
  await enter('hexiaoman', '何小满', { scene: 'after_sale' });
  for (const text of ['你好', '订单 20260401-7731', '显示还没揽收', '三天了还没发货，你们到底管不管？']) await say('hexiaoman', text);
  await enter('guqingwu', '顾青梧', { wechat_channels: { shop_nickname: '溪山茶社', scene: 5 } });
  await say('guqingwu', '茶饼边缘有点碎，这种能换吗？');
  await say('guqingwu', { msgtype: 'image', image: { media_id: picture.media_id } });
  await of('顾青梧');
  await know('顾青梧', { mark: 'regular' });

  const evelyn = await Visitor.onSite(demo, await person({ locale: 'en-SG' }));
  await evelyn.openWidget();
  await evelyn.say('Do you ship to Singapore? 关税谁付');
  const guest = await until('the visitor is there', async () => (await desk.get('/conversations?view=mine&limit=50')).items.find((one) => one.entry.channel === 'website'));
  await desk.patch(`/customers/${guest.customer.external_userid}`, { name: 'Evelyn 陈' });

  // Whom she has answered she has read.
  for (const name of ['木子李', '陆远山']) {
    await main.card(name).first().click();
    await until(`${name} is read`, async () => (await of(name)).unread === 0);
  }

  // Colleagues, and those who wait because nobody has a place.
  await limit('linzhixia', 6);
  const second = await Agent.at(demo, await person(), 'shenjia');
  await second.be('online');
  for (const [customer, name, words] of [['linmo', '林墨', '抬头改成公司名可以吗？'], ['nanzhi', '南枝', '直播里那款还有吗？']]) {
    await enter(customer, name, { wechat_channels: live });
    await say(customer, words);
  }
  const third = await Agent.at(demo, await person(), 'taoran');
  await third.page.getByRole('button', { name: /^我的状态/ }).click();
  await third.page.locator('.menu-item', { hasText: '用餐' }).click();
  for (const [customer, name, way, words] of [
    ['xuzhiyuan', '许知远', { scene: 'after_sale' }, '退货单填错了，怎么改？'],
    ['heyining', '何以宁', { wechat_channels: { shop_nickname: '溪山茶社', scene: 5 } }, '少了一罐'],
    ['ayouyou', '阿柚柚', { wechat_channels: shop }, '大红袍是今年的吗？'],
    ['marcus', 'Marcus Tan', { scene: 'gift' }, 'Can I get an invoice in English?'],
  ]) {
    await enter(customer, name, way);
    await say(customer, words);
  }
  const queued = await Visitor.onSite(demo, await person());
  await queued.openWidget();
  await queued.say('订单 20260401-7731 的收货地址写错了，还能改吗？');
  await until('five wait', async () => (await admin.get('/wall')).waiting_total >= 5);
  return { main, second, third, evelyn, queued, talk, desk, guest };
}
