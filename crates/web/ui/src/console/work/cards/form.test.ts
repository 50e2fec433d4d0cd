import { expect, test } from 'vitest';
import { contentOf, emptyCard, faultsOf, isBegun, pairOf } from './form';
import type { CardDraft } from './kinds';

const card = (kind: CardDraft['kind'], fields: CardDraft['fields'], items: CardDraft['items'] = []): CardDraft => ({ kind, fields, items });

test('a link needs a title and an address that opens', () => {
  expect(faultsOf(emptyCard('link'), 'wecom_kf')).toEqual({ title: 'card.fault.needed', url: 'card.fault.needed' });
  expect(faultsOf(card('link', { title: '茶', url: 'javascript:alert(1)' }), 'wecom_kf')).toEqual({ url: 'card.fault.url' });
  const good = card('link', { title: ' 茶 ', url: 'https://a.cn', thumb_media_id: 'm1', pic_url: 'https://a.cn/p.png' });
  expect(faultsOf(good, 'wecom_kf')).toEqual({});
  expect(contentOf(good, 'wecom_kf')).toEqual({ msgtype: 'link', link: { title: '茶', desc: '', url: 'https://a.cn', thumb_media_id: 'm1' } });
  expect(contentOf(good, 'official_account')).toEqual({ msgtype: 'link', link: { title: '茶', desc: '', url: 'https://a.cn', pic_url: 'https://a.cn/p.png' } });
});

test('items of a menu are said or opened, and empty ones are none', () => {
  const menu = card('msgmenu', { head: '想了解什么？' }, [{ content: '', url: '' }, { content: '价格', url: '' }, { content: '官网', url: 'https://a.cn' }]);
  expect(faultsOf(menu, 'wecom_kf')).toEqual({});
  expect(contentOf(menu, 'wecom_kf').msgmenu).toEqual({
    head_content: '想了解什么？',
    tail_content: '',
    list: [
      { type: 'click', click: { id: 'card-2', content: '价格' } },
      { type: 'view', view: { url: 'https://a.cn', content: '官网' } },
    ],
  });
  expect(faultsOf(card('msgmenu', { head: '？' }, [{ content: '', url: 'https://a.cn' }]), 'wecom_kf')).toEqual({ 'item-0': 'card.fault.needed' });
});

test('a place is within the world, and comes from a map in one piece', () => {
  expect(faultsOf(card('location', { name: '店', latitude: '91', longitude: 'east' }), 'website')).toEqual({ latitude: 'card.fault.latitude', longitude: 'card.fault.longitude' });
  expect(pairOf('30.1935, 120.0891')).toEqual({ latitude: '30.1935', longitude: '120.0891' });
  expect(pairOf('30.1935')).toBeNull();
  expect(contentOf(card('location', { name: '店', latitude: '30.19', longitude: '120' }), 'website').location).toMatchObject({ latitude: 30.19, longitude: 120 });
});

test('what is begun is known from what is empty', () => {
  expect(isBegun(emptyCard('msgmenu'))).toBe(false);
  expect(isBegun(card('msgmenu', {}, [{ content: '价格', url: '' }]))).toBe(true);
});

test('a product or an order goes by its number, whole', () => {
  expect(faultsOf(emptyCard('channels_shop_product'), 'channels_shop')).toEqual({ product_id: 'card.fault.needed' });
  for (const wrong of ['12ab', '0', '18446744073709551616', '-7']) expect(faultsOf(card('channels_shop_order', { order_id: wrong }), 'channels_shop'), wrong).toEqual({ order_id: 'card.fault.id' });
  const order = card('channels_shop_order', { order_id: ' 3705115058471208928 ', known_as: '明前龙井' });
  expect(faultsOf(order, 'channels_shop')).toEqual({});
  expect(contentOf(order, 'channels_shop')).toEqual({ msgtype: 'channels_shop_order', channels_shop_order: { order_id: '3705115058471208928', product_titles: '明前龙井' } });
  expect(contentOf(card('channels_shop_product', { product_id: '7' }), 'channels_shop')).toEqual({ msgtype: 'channels_shop_product', channels_shop_product: { product_id: '7' } });
});
