// What a person has chosen about their own screen: kept here at once and on the server for the next one.
import { ref, shallowRef, watch } from 'vue';
import { api } from '../net/api';
import type { Prefs, Tone } from '../net/protocol';
import { setLocale, locale, type Locale } from '../words';
import { everything, type Folder } from './folders';

export type Theme = 'light' | 'dark' | 'system';

export const theme = ref<Theme>('system');
export const sound = ref(true);
export const desktop = ref(false);
export const tone = ref<Tone>('soft');
/** Whether the queue of my teams is heard too, not only what is mine. */
export const hearAll = ref(false);
/** Whether the sound comes again until somebody looks. */
export const repeat = ref(false);
/** Seconds in which a reply can be taken back; 0: it goes out at once. */
export const undo = ref(0);
export const sendKey = ref<'enter' | 'ctrl_enter'>('enter');
/** Lists kept under a name. */
export const folders = shallowRef<readonly Folder[]>([]);
/** Whether the dark colours are on now. */
export const dark = ref(false);

const KEY = 'kefu.prefs';
const media = window.matchMedia('(prefers-color-scheme: dark)');

function paint(): void {
  dark.value = theme.value === 'dark' || (theme.value === 'system' && media.matches);
  document.documentElement.dataset.theme = dark.value ? 'dark' : 'light';
}

function apply(prefs: Prefs): void {
  if (prefs.theme) theme.value = prefs.theme;
  if (prefs.locale === 'zh-CN' || prefs.locale === 'en') setLocale(prefs.locale);
  if (prefs.notify?.sound !== undefined) sound.value = prefs.notify.sound;
  if (prefs.notify?.desktop !== undefined) desktop.value = prefs.notify.desktop;
  if (prefs.notify?.tone) tone.value = prefs.notify.tone;
  if (prefs.notify?.of) hearAll.value = prefs.notify.of === 'all';
  if (prefs.notify?.repeat !== undefined) repeat.value = prefs.notify.repeat;
  if (prefs.undo_s !== undefined) undo.value = prefs.undo_s;
  if (prefs.send_key) sendKey.value = prefs.send_key;
  if (prefs.folders) folders.value = prefs.folders.map((f) => ({ ...everything, ...f }) as Folder);
  paint();
}

function current(): Prefs {
  return {
    locale: locale.value,
    theme: theme.value,
    notify: { sound: sound.value, desktop: desktop.value, tone: tone.value, of: hearAll.value ? 'all' : 'mine', repeat: repeat.value },
    undo_s: undo.value,
    send_key: sendKey.value,
    folders: folders.value.map(({ name, view, channel, state, team_id, mark, priority, sort }) => ({ name, view, channel, state, team_id, mark, priority, sort })),
  };
}

/** Reads what this browser remembers, else the browser's own language and colours. */
export function startPrefs(): void {
  setLocale(navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en');
  try {
    apply(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Prefs);
  } catch {
    paint();
  }
  media.addEventListener('change', paint);
  watch([theme, locale, sound, desktop, tone, hearAll, repeat, undo, sendKey, folders], () => {
    paint();
    localStorage.setItem(KEY, JSON.stringify(current()));
  });
}

/** Takes over what the server remembers of this person; colours and language of this browser stay where it remembers none. */
export function adoptPrefs(prefs: Prefs | undefined): void {
  apply({ notify: { sound: true, desktop: false, tone: 'soft', of: 'mine', repeat: false }, undo_s: 0, send_key: 'enter', folders: [] });
  if (prefs) apply(prefs);
}

/** Changes some choices and tells the server; a failure there is harmless, this browser knows. */
export function choose(change: { theme?: Theme; locale?: Locale; sound?: boolean; desktop?: boolean; tone?: Tone; hearAll?: boolean; repeat?: boolean; undo?: number; sendKey?: 'enter' | 'ctrl_enter'; folders?: readonly Folder[] }): void {
  if (change.theme) theme.value = change.theme;
  if (change.locale) setLocale(change.locale);
  if (change.sound !== undefined) sound.value = change.sound;
  if (change.desktop !== undefined) desktop.value = change.desktop;
  if (change.tone) tone.value = change.tone;
  if (change.hearAll !== undefined) hearAll.value = change.hearAll;
  if (change.repeat !== undefined) repeat.value = change.repeat;
  if (change.undo !== undefined) undo.value = change.undo;
  if (change.sendKey) sendKey.value = change.sendKey;
  if (change.folders) folders.value = change.folders;
  paint();
  void api.patch('/me', current()).catch(() => undefined);
}
