// Every door a customer comes through: how they enter, and what the agent must be told of it.
import assert from 'node:assert/strict';
import { until } from './kit/desk.mjs';
import { Site } from './kit/site.mjs';
import { Wechat } from './kit/wechat.mjs';

const kf = (name, how, source) => ({
  name,
  channel: 'wecom_kf',
  enter: (demo) => Wechat.enter(demo, 'enter', how),
  source,
  credits: 5,
  failing: { kind: 'errcode', path: 'kf/send_msg', code: 95030, calls: 1 },
  takeUp: (_, customer) => customer.takeUp('add'),
});

const channels = (scene, nickname, place, kind) =>
  kf(`视频号 · ${place}`, { wechat_channels: { scene, [scene > 3 ? 'shop_nickname' : 'nickname']: nickname } }, { kind, title: new RegExp(nickname) });

const app = (name, kind, channel, verb, how, source, failing) => ({
  name,
  channel,
  enter: (demo) => Wechat.enter(demo, verb, how, kind),
  source,
  credits: 5,
  failing: { kind: 'errcode', path: failing, code: 48001, calls: 1 },
  takeUp: (_, customer) => customer.takeUp('add'),
});

const send = 'message/custom/send';

/** The brand says what an entry is that is bound in WeChat's own console and carries no scene. */
const bound = (name, unlabelled, source) => ({
  ...kf(name, {}, source),
  enter: async (demo) => {
    const admin = await demo.as('admin');
    const { items } = await admin.get('/entry-points');
    // Whichever of the brand's accounts the customer comes to.
    const doors = items.filter((one) => one.channel === 'wecom_kf');
    const says = async (place) => {
      for (const door of doors) await admin.patch(`/entry-points/${door.id}`, { wecom_kf: { ...door.wecom_kf, unlabelled: place ?? door.wecom_kf.unlabelled } });
    };
    await says(unlabelled);
    const known = new Set((await admin.get('/conversations')).items.map((one) => one.conversation_id));
    const wechat = await Wechat.enter(demo, 'enter', {});
    await wechat.say('从收据进来');
    await until('it is filed', async () => (await admin.get('/conversations')).items.some((one) => !known.has(one.conversation_id) && one.entry.source?.kind === source.kind));
    await says();
    return wechat;
  },
});

/** Only who follows an official account sees its menu. */
const tapped = (name, key) => ({
  ...app(name, 'official_account', 'official_account', 'follow', {}, { kind: 'menu', title: new RegExp(key) }, send),
  enter: async (demo) => {
    const wechat = await Wechat.enter(demo, 'follow', {}, 'official_account');
    await wechat.sim('menu', { ...wechat.through, key });
    return wechat;
  },
});

const visitor = (name, channel, opening, source) => ({
  name,
  channel,
  enter: async (demo) => {
    const doors = await (await demo.as('admin')).get('/entry-points');
    const door = doors.items.find((one) => one.channel === channel) ?? (await opened(demo, channel, doors.items[0].open_kfid));
    return Site.open(demo, { entryPoint: door.id, ...opening });
  },
  source,
  credits: null,
  // The code on the card is scanned with a phone.
  takeUp: async (demo, customer) => {
    const card = await customer.card();
    const page = await fetch(card.handoff.url, { headers: { 'accept-language': 'zh-CN' } });
    assert.equal(page.status, 200, 'the link on the card opens');
    assert.match(await page.text(), new RegExp(`${card.handoff.name}[^]*<img`));
    const phone = await Wechat.pickUp(demo);
    await phone.scan(await customer.media(card.handoff.qr_media_id), 'add');
  },
});

/** From a website into WeChat with the code shown there: what was said before stands in the same conversation. */
const carriedOver = (name) => ({
  ...kf(name, {}, { kind: 'continue', title: /网页接着聊/ }),
  enter: async (demo) => {
    const { items } = await (await demo.as('admin')).get('/entry-points');
    const site = await Site.open(demo, { entryPoint: items.find((one) => one.channel === 'website').id });
    await site.say('网页上先问一句');
    const { url } = await site.goOn();
    return Wechat.enter(demo, 'enter', { link: url });
  },
});

/** A door that the demo's brand does not have yet. */
const opened = async (demo, channel, open_kfid) => (await demo.as('admin')).post('/entry-points', { open_kfid, channel, name: channel });

export const rows = [
  channels(1, '溪山茶社', '主页', 'channels_profile'),
  channels(2, '溪山茶社', '直播间', 'channels_live'),
  channels(3, '溪山茶社', '橱窗', 'channels_showcase'),
  channels(4, '溪山小店', '商品页', 'channels_product'),
  channels(5, '溪山小店', '订单页', 'channels_order'),
  kf('微信客服 · 链接', { scene: 'waybill', scene_param: 'no=7788' }, { kind: 'link', title: /waybill/ }),
  kf('微信客服 · 直接进入', {}, { kind: 'direct', title: /微信客服/ }),
  kf('微信客服 · 二维码', { scene: 'qr_table-5', scene_param: 't=5' }, { kind: 'qr', title: /二维码 · table-5/ }),
  kf('微信客服 · 搜一搜', { scene: 'search' }, { kind: 'search', title: /搜一搜/ }),
  kf('微信支付 · 收据', { scene: 'pay_receipt', scene_param: 'bill=4200001977' }, { kind: 'pay', title: /微信支付.*4200001977/ }),
  bound('微信支付 · 微信后台里绑定的商家客服', 'pay', { kind: 'pay', title: /^微信支付凭证\s*$/ }),
  kf('公众号 · 菜单里的客服链接', { scene: 'menu_service' }, { kind: 'menu', title: /公众号菜单 · service/ }),
  kf('小程序 · 客服链接', { scene: 'mini_order', scene_param: 'no=8812' }, { kind: 'miniprogram', title: /小程序 · order.*8812/ }),
  kf('App · OpenSDK 客服链接', { scene: 'app_ios', scene_param: 'uid=7' }, { kind: 'app', title: /App · ios/ }),
  app('公众号 · 关注', 'official_account', 'official_account', 'follow', {}, { kind: 'follow', title: /./ }, send),
  app('公众号 · 场景二维码', 'official_account', 'official_account', 'scene', { scene: 'live-0715' }, { kind: 'qr_scene', title: /live-0715/ }, send),
  tapped('公众号 · 菜单', 'aftersales'),
  app('小程序 · 客服按钮', 'mini_program', 'mini_program', 'enter', { session_from: 'order:8812' }, { kind: 'mini_program', title: /order:8812/ }, send),
  app('微信小店 · 商品', 'shop', 'channels_shop', 'say', { msgtype: 'product_share', product_share: { product_id: '3705115058471208928', title: '明前龙井' } }, { kind: 'channels_product', title: /明前龙井/ }, 'channels/ec/commkf/sendmsg'),
  visitor('App', 'app', { app: { screen: '订单详情', version: '5.2.1' } }, { kind: 'app', title: /订单详情/ }),
  carriedOver('网站 · 在微信中继续'),
  visitor('网站', 'website', { page: { url: 'https://xishan.example/mao-jian', title: '信阳毛尖', referrer: '' } }, { kind: 'page', title: /信阳毛尖/ }),
];
