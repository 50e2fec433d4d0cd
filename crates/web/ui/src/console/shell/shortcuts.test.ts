import { expect, test } from 'vitest';
import { actionOf, offer, run, shortcuts } from './shortcuts';

const press = (code: string, more: object = {}) => ({ code, altKey: false, ctrlKey: false, metaKey: false, shiftKey: false, isComposing: false, keyCode: 0, target: document.body, ...more });

test('keys go by their place, not by the letter they print', () => {
  expect(actionOf(press('KeyJ', { altKey: true, key: '∆' }))).toBe('next');
  expect(actionOf(press('KeyK', { ctrlKey: true }))).toBe('search');
  expect(actionOf(press('KeyK', { metaKey: true }))).toBe('search');
  expect(actionOf(press('KeyE', { altKey: true, ctrlKey: true }))).toBe('close_next');
});

test('AltGr makes letters, whatever browsers call it', () => {
  const altGr = { altKey: true, ctrlKey: true, getModifierState: (key: string) => key === 'AltGraph' };
  expect(actionOf(press('KeyE', altGr))).toBeNull();
  expect(actionOf(press('KeyA', altGr))).toBeNull();
});

test('a single key is a letter while someone types, and no key acts while an input method composes', () => {
  const field = document.createElement('textarea');
  expect(actionOf(press('Slash', { shiftKey: true }))).toBe('help');
  expect(actionOf(press('Slash', { shiftKey: true, target: field }))).toBeNull();
  expect(actionOf(press('KeyJ', { altKey: true, target: field }))).toBe('next');
  expect(actionOf(press('KeyJ', { altKey: true, isComposing: true }))).toBeNull();
});

test('no two actions share a key, and none is a bare letter', () => {
  const all = shortcuts.flatMap((s) => s.keys.map((k) => JSON.stringify(k)));
  expect(new Set(all).size).toBe(all.length);
  for (const s of shortcuts) for (const k of s.keys) expect(k.alt || k.mod || k.shift).toBeTruthy();
});

test('the page on top answers first, and only while it is there', () => {
  const said: string[] = [];
  const under = offer({ next: () => said.push('under') });
  const over = offer({ next: () => said.push('over') });
  run('next');
  over();
  run('next');
  under();
  expect(run('next')).toBe(false);
  expect(said).toEqual(['over', 'under']);
});
