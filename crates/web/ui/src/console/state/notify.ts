// Telling a person who looks elsewhere: a sound, the tab's title and icon, a desktop notification.
import { onScopeDispose, watchEffect } from 'vue';
import { t } from '../words';
import { sourceTitle } from '../work/source';
import { dismiss, failed } from './notices';
import { lastOf, previewOf } from './preview';
import { desktop, hearAll, repeat, sound, tone } from './prefs';
import type { AgentState, Tone } from '../net/protocol';
import type { Desk, Happening } from './desk';

let audio: AudioContext | null = null;
let rang_at = 0;
/** Browsers keep a page silent that nobody has touched: said once, and gone with the first touch. */
let told_silent = false;

/** How a tone sounds: steps as factors of the base, seconds between them, form and length of each. */
const tones: Record<Tone, { steps: number[]; gap: number; form: OscillatorType; length: number; base: number }> = {
  soft: { steps: [1, 1.335], gap: 0.13, form: 'sine', length: 0.35, base: 1 },
  bell: { steps: [1, 2.01], gap: 0, form: 'sine', length: 1.1, base: 1.5 },
  knock: { steps: [1, 1], gap: 0.16, form: 'triangle', length: 0.09, base: 0.36 },
};

/** The chosen sound, higher for an offer. Browsers stay silent until the page was first clicked. */
export function ring(high: boolean, which: Tone = tone.value): void {
  if (Date.now() - rang_at < 1500) return;
  rang_at = Date.now();
  try {
    audio ??= new AudioContext();
    if (audio.state === 'suspended') void unlock(audio);
    const { steps, gap, form, length, base } = tones[which];
    steps.forEach((step, n) => {
      const tone = audio!.createOscillator();
      const gain = audio!.createGain();
      const at = audio!.currentTime + n * gap;
      tone.type = form;
      tone.frequency.value = (high ? 784 : 587) * base * step;
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(0.12, at + 0.015);
      gain.gain.exponentialRampToValueAtTime(0.001, at + length);
      tone.connect(gain).connect(audio!.destination);
      tone.start(at);
      tone.stop(at + length + 0.05);
    });
  } catch {
    // No audio device: the other signs remain.
  }
}

async function unlock(audio: AudioContext): Promise<void> {
  void audio.resume();
  await new Promise((go) => setTimeout(go, 400));
  if (audio.state !== 'suspended' || told_silent) return;
  told_silent = true;
  const notice = failed(new Error(t('me.sound.blocked')));
  const touched = () => {
    void audio.resume();
    for (const kind of ['click', 'keyup']) window.removeEventListener(kind, touched);
    // Afterwards: a page that moves under the finger loses the click.
    setTimeout(() => dismiss(notice));
  };
  for (const kind of ['click', 'keyup']) window.addEventListener(kind, touched);
}

/** Lets a person hear what they choose. */
export function tryTone(which: Tone): void {
  rang_at = 0;
  ring(false, which);
}

/** Whether the person is looking at this very conversation now. */
const looking = (desk: Desk, id: string) => document.hasFocus() && desk.viewing.value === id;

/** What is told of a happening: about which conversation, under which name, in which words. */
function told(what: Happening): { id: string; title: string; body: string } {
  if (what.kind === 'mention') return { id: what.mention.conversation_id, title: t('notify.mention', { name: what.mention.name }), body: what.mention.text };
  if (what.kind === 'waiting') return { id: '', title: t('next.waiting', { n: what.waiting }), body: '' };
  const c = what.conversation;
  const from = { from: sourceTitle(c.entry) || c.entry.name };
  const body = { message: () => (what.kind === 'message' && what.message ? previewOf(what.message) : lastOf(c)), offer: () => t('notify.offer', from), assigned: () => t('notify.assigned', from), woke: () => t('notify.woke') };
  return { id: c.conversation_id, title: c.customer.name, body: body[what.kind]() };
}

/** Whether a person in this state is to hear of it: away, only of what they alone can do something about. */
export function isHeard(what: Happening['kind'], state: AgentState, all: boolean): boolean {
  if (state === 'offline' || state === 'break') return false;
  return what !== 'waiting' || (all && state === 'online');
}

export function tell(desk: Desk, what: Happening, open: (id: string) => void): void {
  const { id, title, body } = told(what);
  if (!isHeard(what.kind, desk.presence.value.state, hearAll.value) || (id && looking(desk, id))) return;
  if (sound.value) ring(what.kind !== 'message');
  if (!desktop.value || document.hasFocus() || !('Notification' in window) || Notification.permission !== 'granted') return;
  const note = new Notification(title, { body, tag: id || 'waiting', silent: true });
  note.onclick = () => {
    window.focus();
    if (id) open(id);
    note.close();
  };
}

const AGAIN_MS = 30_000;

/** Whether what was not seen is told once more: to who wants that, and is not at this window. */
export const isToldAgain = (unseen: number, state: AgentState, here: boolean): boolean => repeat.value && sound.value && unseen > 0 && !here && isHeard('message', state, false);

/** Rings again while something of mine lies unseen; answers how to stop. */
export function ringAgain(desk: Desk): () => void {
  const timer = setInterval(() => {
    const offers = desk.offers.value.length;
    if (isToldAgain(desk.unread.value + offers, desk.presence.value.state, document.hasFocus())) ring(offers > 0);
  }, AGAIN_MS);
  return () => clearInterval(timer);
}

/** Asks the browser for permission; true if notifications may be shown. */
export async function askPermission(): Promise<boolean> {
  if (!('Notification' in window)) return false;
  return (Notification.permission === 'default' ? await Notification.requestPermission() : Notification.permission) === 'granted';
}

/** The icon as the page brought it. */
let plain: string | undefined;

/** Keeps `(3) 会话 · Kefu` and the dot on the icon true. */
export function followTitle(desk: Desk, page: () => string): void {
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  plain ??= icon?.href ?? '';
  let shown = -1;
  // Whoever signs out leaves no count behind.
  onScopeDispose(() => {
    if (icon && plain) icon.href = plain;
  });
  watchEffect(() => {
    const n = desk.unread.value + desk.offers.value.length;
    document.title = `${n ? `(${n > 99 ? '99+' : n}) ` : ''}${page()} · ${t('app.name')}`;
    if (!icon || shown === Math.min(n, 10)) return;
    shown = Math.min(n, 10);
    icon.href = n ? badge(n) : (plain ?? '');
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
