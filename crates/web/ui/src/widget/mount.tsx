// Puts the app on a page: theme, brand colour, title, the events of the browser that concern the
// line. The frame in a brand's site and the hosted page differ in what they hand in.
import { render } from 'preact';
import type { VisitorClient } from '../sdk/index.ts';
import { dress } from './color.ts';
import type { Scheme } from './bridge.ts';
import { App, type View } from './ui/App.tsx';
import { wordsFor } from './words.ts';

export interface Mounted {
  /** Changes what is shown. */
  set(part: Partial<View>): void;
  setScheme(scheme: Scheme): void;
  setLocale(locale: string): void;
}

export async function mount(root: HTMLElement, client: VisitorClient, locale: string, scheme: Scheme, first: Partial<View>): Promise<Mounted> {
  const words = await wordsFor(locale);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const coarse = matchMedia('(pointer: coarse) and (hover: none)');
  let wanted = scheme;
  let view: View = { client, words, phone: coarse.matches, shown: false, focus: 0, prefill: { text: '', turn: 0 }, ...first };
  let dressed = '';

  const draw = () => render(<App view={view} />, root);
  const paint = () => {
    const theme = wanted === 'dark' || (wanted === 'auto' && dark.matches) ? 'dark' : 'light';
    const color = client.state.kf?.color ?? null;
    if (dressed === `${theme}${color}`) return;
    dressed = `${theme}${color}`;
    document.documentElement.dataset.theme = theme;
    dress(document.documentElement, color, theme === 'dark');
  };
  const set = (part: Partial<View>) => {
    view = { ...view, ...part };
    draw();
  };

  dark.addEventListener('change', paint);
  coarse.addEventListener('change', () => set({ phone: coarse.matches }));
  client.on('change', paint);
  client.on('message', (message) => {
    if (message.origin >= 5 && (!view.shown || document.visibilityState === 'hidden')) {
      import('./sound.ts').then(({ chime }) => chime(), () => {});
    }
  });
  watchLine(client);
  paint();
  draw();
  return {
    set,
    setScheme(next) {
      wanted = next;
      paint();
    },
    setLocale(next) {
      client.setLocale(next);
      void wordsFor(next).then((other) => set({ words: other }));
    },
  };
}

function watchLine(client: VisitorClient): void {
  let started = false;
  window.addEventListener('online', () => client.nudge());
  window.addEventListener('offline', () => client.offline());
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && client.nudge());
  // A page that the browser puts aside must hold neither lock nor line.
  window.addEventListener('pagehide', () => {
    started = client.running;
    client.stop();
  });
  window.addEventListener('pageshow', (event) => event.persisted && started && client.start());
}
