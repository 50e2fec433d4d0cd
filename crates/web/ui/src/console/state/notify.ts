// Telling a person who looks elsewhere: a sound, the tab's title and icon, a desktop notification.
import { watchEffect } from 'vue';
import { t } from '../words';
import { previewOf } from './preview';
import { desktop, sound } from './prefs';
import type { Desk, Happening } from './desk';

let audio: AudioContext | null = null;
let rang_at = 0;

/** Two soft tones, higher for an offer. Browsers stay silent until the page was first clicked. */
export function ring(kind: Happening['kind']): void {
  if (!sound.value || Date.now() - rang_at < 1500) return;
  rang_at = Date.now();
  try {
    audio ??= new AudioContext();
    if (audio.state === 'suspended') void audio.resume();
    const base = kind === 'message' ? 587 : 784;
    [0, 0.13].forEach((delay, n) => {
      const tone = audio!.createOscillator();
      const gain = audio!.createGain();
      const at = audio!.currentTime + delay;
      tone.type = 'sine';
      tone.frequency.value = base * (n ? 1.335 : 1);
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(0.12, at + 0.015);
      gain.gain.exponentialRampToValueAtTime(0.001, at + 0.35);
      tone.connect(gain).connect(audio!.destination);
      tone.start(at);
      tone.stop(at + 0.4);
    });
  } catch {
    // No audio device: the other signs remain.
  }
}

/** Whether the person is looking at this very conversation now. */
const looking = (desk: Desk, id: string) => document.hasFocus() && desk.viewing.value === id;

export function tell(desk: Desk, what: Happening, open: (id: string) => void): void {
  const c = what.conversation;
  const state = desk.presence.value.state;
  // Nobody is disturbed while away; offers come to available agents only.
  if (state === 'offline' || looking(desk, c.conversation_id)) return;
  ring(what.kind);
  if (!desktop.value || document.hasFocus() || !('Notification' in window) || Notification.permission !== 'granted') return;
  const body = what.kind === 'message' ? previewOf(what.message) : t(what.kind === 'offer' ? 'notify.offer' : 'notify.assigned', { from: c.entry.source?.title ?? c.entry.name });
  const note = new Notification(c.customer.name, { body, tag: c.conversation_id, silent: true });
  note.onclick = () => {
    window.focus();
    open(c.conversation_id);
    note.close();
  };
}

/** Asks the browser for permission; true if notifications may be shown. */
export async function askPermission(): Promise<boolean> {
  if (!('Notification' in window)) return false;
  return (Notification.permission === 'default' ? await Notification.requestPermission() : Notification.permission) === 'granted';
}

/** Keeps `(3) 会话 · Kefu` and the dot on the icon true. */
export function followTitle(desk: Desk, page: () => string): void {
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  const plain = icon?.href ?? '';
  let shown = -1;
  watchEffect(() => {
    const n = desk.unread.value + desk.offers.value.length;
    document.title = `${n ? `(${n > 99 ? '99+' : n}) ` : ''}${page()} · ${t('app.name')}`;
    if (!icon || shown === Math.min(n, 10)) return;
    shown = Math.min(n, 10);
    icon.href = n ? badge(n) : plain;
  });
}

function badge(n: number): string {
  const label = n > 9 ? '9+' : String(n);
  const root = getComputedStyle(document.documentElement);
  const act = root.getPropertyValue('--act').trim();
  const ink = root.getPropertyValue('--ink-on').trim();
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="${act}"/><text x="16" y="23" font-family="sans-serif" font-weight="700" font-size="20" text-anchor="middle" fill="${ink}">${label}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
