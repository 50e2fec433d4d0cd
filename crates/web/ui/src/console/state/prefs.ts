// What a person has chosen about their own screen: kept here at once and on the server for the next one.
import { ref, watch } from 'vue';
import { api } from '../net/api';
import type { Prefs } from '../net/protocol';
import { setLocale, locale, type Locale } from '../words';

export type Theme = 'light' | 'dark' | 'system';

export const theme = ref<Theme>('system');
export const sound = ref(true);
export const desktop = ref(false);
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
  paint();
}

function current(): Prefs {
  return { locale: locale.value, theme: theme.value, notify: { sound: sound.value, desktop: desktop.value } };
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
  watch([theme, locale, sound, desktop], () => {
    paint();
    localStorage.setItem(KEY, JSON.stringify(current()));
  });
}

/** Takes over what the server remembers of this person. */
export const adoptPrefs = (prefs: Prefs | undefined) => prefs && apply(prefs);

/** Changes some choices and tells the server; a failure there is harmless, this browser knows. */
export function choose(change: { theme?: Theme; locale?: Locale; sound?: boolean; desktop?: boolean }): void {
  if (change.theme) theme.value = change.theme;
  if (change.locale) setLocale(change.locale);
  if (change.sound !== undefined) sound.value = change.sound;
  if (change.desktop !== undefined) desktop.value = change.desktop;
  paint();
  void api.patch('/me', current()).catch(() => undefined);
}
