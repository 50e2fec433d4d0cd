// The few icons of the visitor's app. The whole set of the kit would weigh as much as the thread;
// a test keeps these the same as there.
import type { later } from './icons.cards.ts';

const first = {
  clip: '<path d="m14.5 8.4-5.7 5.7a3.3 3.3 0 0 1-4.7-4.7l6-6a2.2 2.2 0 0 1 3.1 3.1l-6 6a1.1 1.1 0 0 1-1.6-1.6l5.3-5.2"/>',
  clock: '<circle cx="9" cy="9" r="6.3"/><path d="M9 5.4V9l2.4 1.7"/>',
  cloud: '<path d="M5 13.5a3 3 0 0 1-.3-6A4.2 4.2 0 0 1 12.8 7a3.3 3.3 0 0 1 .2 6.5M3 3l12 12"/>',
  done: '<path d="m3.5 9.5 3.6 3.6 7.4-8"/>',
  down: '<path d="m5 7.2 4 4 4-4"/>',
  file: '<path d="M4.5 2.5h6l3.5 3.5v9.5h-9.5z"/><path d="M10.3 2.7v3.5h3.5"/>',
  more: '<path d="M4 9h.01M9 9h.01M14 9h.01" stroke-width="2.4"/>',
  people: '<circle cx="7" cy="6.2" r="2.6"/><path d="M2.4 14.6c.4-2.7 2.2-4.2 4.6-4.2s4.2 1.5 4.6 4.2M11.6 3.9a2.5 2.5 0 0 1 0 4.7M13.4 10.9c1.3.6 2 1.9 2.2 3.7"/>',
  send: '<path d="M3 9 15 3.5 11.5 15l-3-4.5z"/><path d="M8.5 10.5 15 3.5"/>',
  twice: '<path d="m1.8 9.6 3.2 3.2 6.4-7.2M8.4 12.8l.6.4 6.8-7.6"/>',
  warn: '<path d="M9 2.8 16 14.7H2z"/><path d="M9 7.2v3.4M9 12.7v.01"/>',
};

export type IconName = keyof typeof first | keyof typeof later;

/** By name; the later ones lie here from when the parts that draw them have come. */
export const icons = first as Record<IconName, string>;
