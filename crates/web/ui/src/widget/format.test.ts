import { expect, it } from 'vitest';
import { opens, pieces, size, when } from './format.ts';
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

it('says times and sizes shortly', () => {
  const now = new Date(2026, 3, 2, 9, 0).getTime();
  expect(when(new Date(2026, 3, 2, 8, 5).getTime(), now, zh)).toBe('08:05');
  expect(when(new Date(2026, 3, 1, 23, 59).getTime(), now, zh)).toBe('昨天 23:59');
  expect(when(new Date(2026, 2, 30, 7, 0).getTime(), now, zh)).toBe('3月30日 07:00');
  expect([size(12), size(2048), size(1_258_291)]).toEqual(['12 B', '2 KB', '1.2 MB']);
});
