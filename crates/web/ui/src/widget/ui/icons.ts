// The few icons of the visitor's app. The whole set of the kit would weigh as much as the thread;
// a test keeps these the same as there.
export const icons = {
  again: '<path d="M14.6 9A5.6 5.6 0 1 1 12.7 4.8M14.8 3v3.2h-3.2"/>',
  bag: '<path d="M4 6h10l.8 9H3.2z"/><path d="M6.6 8V5.4a2.4 2.4 0 0 1 4.8 0V8"/>',
  bell: '<path d="M4.5 12.5V8a4.5 4.5 0 0 1 9 0v4.5l1 1H3.5zM7.5 15.5h3"/>',
  clip: '<path d="m14.5 8.4-5.7 5.7a3.3 3.3 0 0 1-4.7-4.7l6-6a2.2 2.2 0 0 1 3.1 3.1l-6 6a1.1 1.1 0 0 1-1.6-1.6l5.3-5.2"/>',
  clock: '<circle cx="9" cy="9" r="6.3"/><path d="M9 5.4V9l2.4 1.7"/>',
  cloud: '<path d="M5 13.5a3 3 0 0 1-.3-6A4.2 4.2 0 0 1 12.8 7a3.3 3.3 0 0 1 .2 6.5M3 3l12 12"/>',
  done: '<path d="m3.5 9.5 3.6 3.6 7.4-8"/>',
  down: '<path d="m5 7.2 4 4 4-4"/>',
  file: '<path d="M4.5 2.5h6l3.5 3.5v9.5h-9.5z"/><path d="M10.3 2.7v3.5h3.5"/>',
  link: '<path d="M7.6 10.4a2.8 2.8 0 0 0 4 0l2.3-2.3a2.8 2.8 0 0 0-4-4L8.8 5.2M10.4 7.6a2.8 2.8 0 0 0-4 0L4.1 9.9a2.8 2.8 0 0 0 4 4l1.1-1.1"/>',
  live: '<rect x="2.5" y="4.5" width="9" height="9" rx="1.6"/><path d="m11.5 8 4-2.3v6.6l-4-2.3"/>',
  mini: '<path d="M9 3.2a3 3 0 0 1 3 3v5.6a3 3 0 1 1-3-3M9 14.8a3 3 0 0 1-3-3"/><path d="M6 11.8a2.6 2.6 0 0 1 1.4-2.5M12 6.2a2.6 2.6 0 0 1-1.4 2.5"/>',
  more: '<path d="M4 9h.01M9 9h.01M14 9h.01" stroke-width="2.4"/>',
  people: '<circle cx="7" cy="6.2" r="2.6"/><path d="M2.4 14.6c.4-2.7 2.2-4.2 4.6-4.2s4.2 1.5 4.6 4.2M11.6 3.9a2.5 2.5 0 0 1 0 4.7M13.4 10.9c1.3.6 2 1.9 2.2 3.7"/>',
  pin: '<path d="M9 15.5s5-4.3 5-8a5 5 0 0 0-10 0c0 3.7 5 8 5 8z"/><circle cx="9" cy="7.4" r="1.7"/>',
  right: '<path d="m7 5 4 4-4 4"/>',
  send: '<path d="M3 9 15 3.5 11.5 15l-3-4.5z"/><path d="M8.5 10.5 15 3.5"/>',
  twice: '<path d="m1.8 9.6 3.2 3.2 6.4-7.2M8.4 12.8l.6.4 6.8-7.6"/>',
  warn: '<path d="M9 2.8 16 14.7H2z"/><path d="M9 7.2v3.4M9 12.7v.01"/>',
  close: '<path d="m5 5 8 8M13 5l-8 8"/>',
} as const;

export type IconName = keyof typeof icons;
