import { afterEach, expect, test } from 'vitest';
import type { Entry } from '../net/protocol';
import { setLocale } from '../words';
import { entryWords, sourceTitle } from './source';

const entry = (channel: Entry['channel'], kind: string, title: string): Entry => ({ entry_point_id: 'e', channel, name: '溪山茶社', source: { kind, title } });
afterEach(() => setLocale('zh-CN'));

test('a place we know is named in our language, whose it is stays', () => {
  const live = entry('wecom_kf', 'channels_live', '视频号直播间 · 春茶专场');
  expect([sourceTitle(live), entryWords(live)]).toEqual(['视频号直播间 · 春茶专场', '视频号直播间 · 春茶专场']);
  setLocale('en');
  expect(entryWords(live)).toBe('Channels live · 春茶专场');
  expect(sourceTitle(entry('wecom_kf', 'direct', '微信客服'))).toBe('WeChat kf');
});

test('goods of a shop of its own are not said to be of a video channel', () => {
  expect(entryWords(entry('wecom_kf', 'channels_product', '视频号小店商品页 · 溪山茶社'))).toBe('视频号小店商品页 · 溪山茶社');
  expect(entryWords(entry('channels_shop', 'channels_product', '微信小店商品 · 明前龙井'))).toBe('微信小店商品 · 明前龙井');
});

test('a place we do not know is called as it was told, each name once', () => {
  expect(entryWords(entry('official_account', 'scan', '门店海报'))).toBe('公众号 · 门店海报');
  expect(entryWords(entry('website', 'page', '官网首页'))).toBe('官网首页');
  expect(entryWords({ entry_point_id: 'e', channel: 'app', name: 'App', source: null })).toBe('App');
});
