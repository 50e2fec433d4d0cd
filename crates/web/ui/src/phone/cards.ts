// What a customer may send besides words: cards and places as the platform passes them on. The
// goods are those of the tea house that the demo is about.

type Content = Record<string, unknown>;

const picture = (goods: string) => `${location.origin}/goods/${goods}.svg`;

const product = (shop: string): Content => ({
  msgtype: 'channels_shop_product',
  channels_shop_product: { product_id: '10000000110471', head_img: picture('longjing'), title: '明前西湖龙井礼盒 250g', sales_price: '128000', shop_nickname: shop, shop_head_img: picture('shop') },
});

const order = (shop: string): Content => ({
  msgtype: 'channels_shop_order',
  channels_shop_order: { order_id: '3704612354559743232', product_titles: '武夷岩茶 大红袍 100g 等 2 件', price_wording: '¥368.00', state: '待收货', image_url: picture('dahongpao'), shop_nickname: shop },
});

/** The card that a customer brings along from a source, if any. */
export function openingCard(source: string, shop: string): Content | undefined {
  return source === 'shop' ? product(shop) : source === 'order' ? order(shop) : undefined;
}

/** What the tools below the field send. */
export const tools: Record<string, (shop: string) => Content> = {
  location: () => ({ msgtype: 'location', location: { latitude: 30.1935, longitude: 120.0891, name: '龙坞茶镇', address: '浙江省杭州市西湖区龙坞路 1 号' } }),
  product,
  order,
  mini: () => ({ msgtype: 'miniprogram', miniprogram: { title: '我的订单', appid: 'wx0123456789abcdef', pagepath: 'pages/order/detail.html?id=3704612354', thumb_media_id: '' } }),
  link: () => ({ msgtype: 'link', link: { title: '怎么分辨明前茶和雨前茶', desc: '三个办法，五分钟看懂', url: 'https://example.com/tea', pic_url: picture('tea') } }),
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
