import { icons as kit } from '@kit/icons.ts';
import { expect, it } from 'vitest';
import { later } from './icons.cards.ts';
import { icons } from './icons.ts';

it('draws what the kit draws', () => {
  expect(kit).toMatchObject({ ...icons, ...later });
});
