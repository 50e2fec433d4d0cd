import { expect, test } from 'vitest';
import type { Message } from '../net/protocol';
import { kindOf, previewOf } from './preview';

const order = (channel: Message['channel']) => ({ msgtype: 'channels_shop_order', channel, channels_shop_order: { product_titles: '明前龙井' } }) as Message;

test('an order is of the shop that it came from', () => {
  expect(previewOf(order('channels_shop'))).toBe('[微信小店订单] 明前龙井');
  expect(previewOf(order('wecom_kf'))).toBe('[视频号小店订单] 明前龙井');
  expect([kindOf('image', 'channels_shop'), kindOf('hologram', 'wecom_kf', '?')]).toEqual(['图片', '?']);
});
