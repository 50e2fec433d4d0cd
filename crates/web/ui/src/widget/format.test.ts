import { expect, it } from 'vitest';
import type { ClientState } from '../sdk/index.ts';
import { back, opens, pieces, when } from './format.ts';
import { backAgain, resting } from './hours.ts';
import { en } from './words.en.ts';
import { zh } from './words.ts';

const links = (text: string) => pieces(text).flatMap((piece) => piece.href ?? []);

it('finds addresses in Chinese and English sentences', () => {
  expect(links('看 https://xishan.example/a?b=1，谢谢')).toEqual(['https://xishan.example/a?b=1']);
  expect(links('在https://a.example/页面')).toEqual(['https://a.example/']);
  expect(links('(see http://a.example/x_(y)).')).toEqual(['http://a.example/x_(y)']);
  expect(links('weixin://dl/business/?t=abc。')).toEqual(['weixin://dl/business/?t=abc']);
});

it('opens nothing else', () => {
  for (const text of ['javascript:alert(1)', 'data:text/html,x', 'xhttps://a.example', 'https://', 'JaVaScRiPt:https://x', 'file:///etc', '//evil.example']) {
    expect(links(text).filter((href) => !href.startsWith('https://x'))).toEqual([]);
  }
  expect(opens('javascript:alert(1)')).toBe(false);
  expect(opens('data:text/html;base64,xx')).toBe(false);
  expect(opens(' https://a.example')).toBe(true);
});

it('loses no character of a text', () => {
  for (const text of ['a https://b.example, c', 'https://b.example', '', '无', 'https://b.example)) x https://c.example.']) {
    expect(pieces(text).map((piece) => piece.text).join('')).toBe(text);
  }
});

it('says times shortly', () => {
  const now = new Date(2026, 3, 2, 9, 0).getTime();
  expect(when(new Date(2026, 3, 2, 8, 5).getTime(), now, zh)).toBe('08:05');
  expect(when(new Date(2026, 3, 1, 23, 59).getTime(), now, zh)).toBe('昨天 23:59');
  expect(when(new Date(2026, 2, 30, 7, 0).getTime(), now, zh)).toBe('3月30日 07:00');
});

it('says when somebody is there again, in the reader\'s words and time', () => {
  const now = new Date(2026, 3, 4, 21, 30).getTime(); // a Saturday
  const at = (day: number, hour: number) => new Date(2026, 3, day, hour, 0).getTime();
  expect([at(4, 23), at(5, 9), at(6, 9), at(13, 10)].map((time) => back(time, now, zh))).toEqual(['今天 23:00 回复您', '明天 9:00 回复您', '周一 9:00 回复您', '4月13日 10:00 回复您']);
  expect([at(4, 23), at(5, 9), at(6, 9), at(13, 10)].map((time) => back(time, now, en))).toEqual(['We reply today from 23:00', 'We reply tomorrow from 9:00', 'We reply on Monday from 9:00', 'We reply on Apr 13 from 10:00']);
});

it('believes this visit before the last one, and the clock before both', () => {
  const state = (session: object, open_now: boolean) => ({ session: { service_state: 0, ...session }, kf: { open_kfid: 'k', name: 'n', open_now } }) as unknown as ClientState;
  expect(resting(state({}, false), 5)).toBe(true);
  expect(resting(state({ off_hours: false }, false), 5)).toBe(false);
  expect(resting(state({ off_hours: true, opens_at: 6 }, true), 5)).toBe(true);
  expect(resting(state({ off_hours: true, opens_at: 5 }, false), 5)).toBe(false);
  expect(backAgain(state({ off_hours: true }, false), 5, zh)).toBe('');
});
