// What a customer may send besides words: cards and places as the platform passes them on. The
// goods are those of the tea house that the demo is about.
import type { ChatKind } from './api.ts';

type Content = Record<string, unknown>;

/** Something on sale. */
export interface Goods {
  id: string;
  title: string;
  picture: string;
  cents: number;
}

const at = (name: string) => `${location.origin}/goods/${name}.svg`;

export const goods: Goods[] = [
  { id: '10000000110471', title: '明前西湖龙井礼盒 250g', picture: 'longjing', cents: 128000 },
  { id: '10000000110472', title: '武夷岩茶 大红袍 100g', picture: 'dahongpao', cents: 36800 },
  { id: '10000000110473', title: '福鼎白毫银针 50g', picture: 'yinzhen', cents: 26800 },
  { id: '10000000110474', title: '手作盖碗 天青', picture: 'gaiwan', cents: 19800 },
];

/** Something on sale by the number that a message gives. */
export const known = (id: unknown): Goods | undefined => goods.find((one) => one.id === String(id));

/** An order of the shop; its number is larger than a browser can count, so it stays text. */
export const bought = { id: '3704612354559743232', titles: '武夷岩茶 大红袍 100g 等 2 件', price: '¥368.00', state: '待收货' };

export const picture = at;

const product = (shop: string): Content => {
  const one = goods[0] as Goods;
  return {
    msgtype: 'channels_shop_product',
    channels_shop_product: { product_id: one.id, head_img: at(one.picture), title: one.title, sales_price: String(one.cents), shop_nickname: shop, shop_head_img: at('shop') },
  };
};

const order = (shop: string): Content => ({
  msgtype: 'channels_shop_order',
  channels_shop_order: { order_id: bought.id, product_titles: bought.titles, price_wording: bought.price, state: bought.state, image_url: at('dahongpao'), shop_nickname: shop },
});

const productShare = (): Content => {
  const one = goods[0] as Goods;
  return { msgtype: 'product_share', product_share: { product_id: one.id, title: one.title, head_img: at(one.picture), price: one.cents } };
};

const orderShare = (): Content => ({
  msgtype: 'order_share',
  order_share: { order_id: bought.id, product_titles: bought.titles, head_img: at('dahongpao'), price_wording: bought.price, state: bought.state },
});

const page = (): Content => ({ msgtype: 'miniprogrampage', miniprogrampage: { title: '订单 8812：武夷岩茶 大红袍', pagepath: 'pages/order/detail?id=8812', thumb_url: at('dahongpao') } });

const mini = (): Content => ({ msgtype: 'miniprogram', miniprogram: { title: '我的订单', appid: 'wx0123456789abcdef', pagepath: 'pages/order/detail.html?id=3704612354', thumb_media_id: '' } });

/** The card that a customer brings along from a source, if any. */
export function openingCard(source: string, shop: string): Content | undefined {
  const cards: Record<string, () => Content> = { shop: () => product(shop), order: () => order(shop), storeProduct: productShare, storeOrder: orderShare, miniKf: mini };
  return cards[source]?.();
}

const place = (): Content => ({ msgtype: 'location', location: { latitude: 30.1935, longitude: 120.0891, name: '龙坞茶镇', address: '浙江省杭州市西湖区龙坞路 1 号' } });
const link = (): Content => ({ msgtype: 'link', link: { title: '怎么分辨明前茶和雨前茶', desc: '三个办法，五分钟看懂', url: 'https://example.com/tea', pic_url: at('tea') } });
const post = (shop: string): Content => ({ msgtype: 'channels', channels: { sub_type: 1, nickname: shop, title: '春茶开采的第一天' } });
const merged = (): Content => ({
  msgtype: 'merged_msg',
  merged_msg: {
    title: '群聊的聊天记录',
    item: [
      { send_time: Math.floor(Date.now() / 1000) - 90, msgtype: 'text', sender_name: '周砚', msg_content: JSON.stringify({ msgtype: 'text', text: { content: '谁喝过他家的龙井？' } }) },
      { send_time: Math.floor(Date.now() / 1000) - 60, msgtype: 'text', sender_name: '沈秋', msg_content: JSON.stringify({ msgtype: 'text', text: { content: '头采的好' } }) },
    ],
  },
});

/** What the tools below the field send, by the kind of chat; files are not in here. */
export const tools: Record<ChatKind, Record<string, (shop: string) => Content>> = {
  kf: { location: place, product, order, mini, link, post, merged },
  friend: { location: place, link },
  group: { location: place, link },
  official_account: { location: place, link },
  mini_program: { mini: page },
  shop: { product: productShare, order: orderShare },
};

/** Which files may be sent in a kind of chat. */
export const files: Record<ChatKind, string[]> = {
  kf: ['picture', 'file', 'voice'],
  friend: ['picture', 'file'],
  group: ['picture', 'file'],
  official_account: ['picture', 'file', 'voice'],
  mini_program: ['picture'],
  shop: ['picture', 'file', 'voice'],
};

/** A second of silence in the platform's voice format: a header and 50 frames without data. */
export function silence(): File {
  const frames = new Uint8Array(50).fill(0x7c);
  return new File(['#!AMR\n', frames], 'voice.amr', { type: 'audio/amr' });
}

/** A price in cents, which arrives as text or as a number. */
export function price(cents: unknown): string {
  const number = Number(cents);
  if (!Number.isFinite(number)) return '';
  return `¥${(number / 100).toLocaleString('en-US', { minimumFractionDigits: number % 100 ? 2 : 0 })}`;
}
