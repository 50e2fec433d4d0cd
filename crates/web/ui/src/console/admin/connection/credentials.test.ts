import { expect, test } from 'vitest';
import type { ChannelField } from '../../state/channels';
import { changed, labelled, missing, ours, theirs } from './credentials';

const field = (name: string, more: Partial<ChannelField> = {}): ChannelField => ({ name, secret: false, ours: false, text_zh: name, text_en: name, ...more });
const fields = [field('appid'), field('secret', { secret: true }), field('plain', { switch: true }), field('token', { ours: true })];

test('the words of a field are its name and where to find it', () => {
  expect(labelled('企业ID：我的企业 → 企业信息最下方')).toEqual({ label: '企业ID', hint: '我的企业 → 企业信息最下方' });
  expect(labelled('AppSecret: Settings, Basic: reset')).toEqual({ label: 'AppSecret', hint: 'Settings, Basic: reset' });
  expect(labelled('Token')).toEqual({ label: 'Token', hint: '' });
});

test('a channel nobody here knows is filled in and copied from by what it says', () => {
  expect([theirs(fields).map((f) => f.name), ours(fields).map((f) => f.name)]).toEqual([['appid', 'secret', 'plain'], ['token']]);
  expect(missing(fields, {}, null)).toEqual(['name', 'appid', 'secret']);
  expect(missing(fields, { name: 'a', appid: ' wx1' }, { has_secret: true })).toEqual([]);
});

test('only what differs is sent, and a secret only when it was typed', () => {
  expect(changed(fields, { name: 'a', appid: 'wx1', secret: 's', plain: true }, null)).toEqual({ name: 'a', appid: 'wx1', secret: 's', plain: true });
  const kept = { name: 'a', appid: 'wx1', has_secret: true, base_url: null };
  expect(changed(fields, { ...kept, name: 'b', secret: '' }, kept)).toEqual({ name: 'b' });
  expect(changed(fields, { ...kept, base_url: 'https://x' }, { ...kept })).toEqual({ base_url: 'https://x' });
});
