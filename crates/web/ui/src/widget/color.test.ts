import { expect, it } from 'vitest';
import { type Rgb, contrast, palette, parseColor } from './color.ts';

const rgb = (text: string) => parseColor(text) as Rgb;

it('reads what a colour field holds, and nothing else', () => {
  expect(parseColor('#2F6046')).toEqual([47, 96, 70]);
  expect(parseColor('abc')).toEqual([170, 187, 204]);
  for (const bad of ['', null, undefined, 'red', '#12345', 'url(x)', '#2F6046;x']) expect(parseColor(bad)).toBeNull();
});

it('keeps words readable on any brand colour', () => {
  const steps = [0, 51, 102, 153, 204, 255];
  for (const r of steps) for (const g of steps) for (const b of steps) {
    for (const dark of [false, true]) {
      const { act, hover, ink, tint } = palette([r, g, b], dark);
      const card: Rgb = dark ? [32, 41, 43] : [255, 255, 255];
      expect(contrast(rgb(act), [255, 255, 255])).toBeGreaterThanOrEqual(4.5);
      expect(contrast(rgb(hover), [255, 255, 255])).toBeGreaterThanOrEqual(4.5);
      expect(contrast(rgb(ink), card)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(rgb(ink), rgb(tint))).toBeGreaterThanOrEqual(4.5);
    }
  }
});

it('leaves a colour that is dark enough as the brand chose it', () => {
  expect(palette(rgb('#2F6046'), false).act).toBe('#2f6046');
});
