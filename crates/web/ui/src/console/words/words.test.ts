import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { setLocale, t, tCode, words, type Word } from './index';
import { admin } from './admin';
import { cards } from './cards';
import { kf } from './kf';

const root = join(process.cwd(), 'src/console');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((f) => /\.(vue|ts)$/.test(f) && !f.endsWith('.test.ts'));
const sources = files.map((f) => [f, readFileSync(join(root, f), 'utf8')] as const);
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();

describe('the words of the console', () => {
  test('every key has both languages, with the same places to fill', () => {
    for (const [key, pair] of Object.entries(words)) {
      const [zh, en] = pair as readonly [string, string];
      expect(zh, key).not.toBe('');
      // 人 has no counterpart beside an English number.
      if (key !== 'unit.people') expect(en, key).not.toBe('');
      for (const form of en.split('|')) for (const hole of holes(form)) expect(holes(zh), `${key}: {${hole}}`).toContain(hole);
      for (const hole of holes(zh)) if (hole !== 'n') expect(holes(en.split('|').at(-1)!), `${key}: {${hole}}`).toContain(hole);
    }
  });

  test('every key that a page names exists', () => {
    for (const [file, source] of sources) {
      for (const [, key] of source.matchAll(/\bt\(\s*'([a-z][\w.]*)'/g)) expect(words, `${file}: ${key}`).toHaveProperty([key!]);
    }
  });

  test('words that come with a page are named by it alone', () => {
    const own: [Record<string, unknown>, RegExp][] = [[{ ...admin, ...kf }, /^admin./], [cards, /^work.cards./]];
    for (const [book, where] of own) {
      for (const [file, source] of sources) {
        if (file.startsWith('words') || where.test(file)) continue;
        for (const [, key] of source.matchAll(/'([a-z][\w.]*)'/g)) expect(book, `${file}: ${key}`).not.toHaveProperty([key!]);
      }
    }
  });

  test('no page has Chinese of its own', () => {
    for (const [file, source] of sources) {
      if (file.startsWith('words') || !file.endsWith('.vue')) continue;
      const template = source.slice(source.indexOf('<template>')).replace(/<!--[\s\S]*?-->/g, '');
      expect(template.match(/[一-鿿]+/)?.[0], file).toBeUndefined();
    }
  });

  test('no key is left over', () => {
    const all = sources.filter(([f]) => !/^words.(common|work|desk|wall|admin|kf|cards)\.ts$/.test(f)).map(([, s]) => s).join('\n');
    // Keys made from a prefix and a code: `delivery.${state}`, tCode('problem', …).
    const made = [...all.matchAll(/`([a-z]+(?:\.[a-z]+)*)\.\$\{/g), ...all.matchAll(/tCode\(\s*'([\w.]+)'/g)].map((m) => `${m[1]}.`);
    const unused = Object.keys(words).filter((key) => !all.includes(`'${key}'`) && !made.some((prefix) => key.startsWith(prefix)));
    expect(unused).toEqual([]);
  });
});

test('places are filled, and English has one and many', () => {
  setLocale('en');
  expect(t('next.offered', { n: 1 })).toBe('1 customer offered');
  expect(t('next.offered', { n: 2 })).toBe('2 customers offered');
  setLocale('zh-CN');
  expect(t('next.offered', { n: 2 })).toBe('邀请你接入 2 人');
  expect(document.documentElement.lang).toBe('zh-CN');
});

test('a code we do not know is shown as it came', () => {
  expect(tCode('problem', 'made_up')).toBe('made_up');
  expect(tCode('problem', 'made_up', '没有说明')).toBe('没有说明');
  expect(t('do.save' satisfies Word)).toBe('保存');
});
