import type { Bench, Tab } from '../bench.ts';
import { Phone } from './Phone.tsx';
import { Platform } from './Platform.tsx';
import { Source } from './Source.tsx';
import { Icon } from './parts.tsx';

const tabs = [
  ['source', 'pin'],
  ['phone', 'phone'],
  ['platform', 'wall'],
] as const;

/** Three columns side by side; on a narrow screen one at a time. */
export function App({ bench }: { bench: Bench }) {
  const { words } = bench;
  return (
    <main class="bench" data-tab={bench.tab}>
      <h1 class="vh">{words.title}</h1>
      <Source bench={bench} />
      <div class="stage">
        {bench.linked ? null : (
          <p class="line-lost" role="status">
            <Icon name="cloud" size="s" />
            {words.lost}
          </p>
        )}
        <Phone bench={bench} />
      </div>
      <Platform bench={bench} />
      <nav class="tabs" aria-label={words.title}>
        {tabs.map(([tab, icon]) => (
          <button key={tab} type="button" aria-current={bench.tab === tab ? 'page' : undefined} onClick={() => bench.set({ tab: tab as Tab })}>
            <Icon name={icon} size="l" />
            {words.tabs[tab]}
          </button>
        ))}
      </nav>
    </main>
  );
}
