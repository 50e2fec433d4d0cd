import { type CardWords, zh } from '../words.cards.ts';
import { en } from '../words.cards.en.ts';
import { useApp } from './context.ts';

/** The words of the later parts, in the language of the first ones. */
export const useSaid = (): CardWords => (useApp().words.lang === 'en' ? en : zh);
