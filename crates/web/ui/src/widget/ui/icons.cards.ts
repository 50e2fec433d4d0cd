// The icons that only later parts of the app draw.
export const later = {
  bag: '<path d="M4 6h10l.8 9H3.2z"/><path d="M6.6 8V5.4a2.4 2.4 0 0 1 4.8 0V8"/>',
  link: '<path d="M7.6 10.4a2.8 2.8 0 0 0 4 0l2.3-2.3a2.8 2.8 0 0 0-4-4L8.8 5.2M10.4 7.6a2.8 2.8 0 0 0-4 0L4.1 9.9a2.8 2.8 0 0 0 4 4l1.1-1.1"/>',
  live: '<rect x="2.5" y="4.5" width="9" height="9" rx="1.6"/><path d="m11.5 8 4-2.3v6.6l-4-2.3"/>',
  mic: '<rect x="6.8" y="2.5" width="4.4" height="8" rx="2.2"/><path d="M4 8.5a5 5 0 0 0 10 0M9 13.5v2"/>',
  mini: '<path d="M9 3.2a3 3 0 0 1 3 3v5.6a3 3 0 1 1-3-3M9 14.8a3 3 0 0 1-3-3"/><path d="M6 11.8a2.6 2.6 0 0 1 1.4-2.5M12 6.2a2.6 2.6 0 0 1-1.4 2.5"/>',
  pin: '<path d="M9 15.5s5-4.3 5-8a5 5 0 0 0-10 0c0 3.7 5 8 5 8z"/><circle cx="9" cy="7.4" r="1.7"/>',
  right: '<path d="m7 5 4 4-4 4"/>',
  close: '<path d="m5 5 8 8M13 5l-8 8"/>',
};
