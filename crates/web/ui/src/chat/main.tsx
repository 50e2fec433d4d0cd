// The hosted chat page, `/chat/{open_kfid}`: reached by a link or a code, without any site around it.
import '@kit/tokens.css';
import '../widget/widget.css';
import './chat.css';
import type { VisitorClient } from '../sdk/index.ts';
import { tabbedClient } from '../sdk/tabs/index.ts';
import { mount } from '../widget/mount.tsx';
import { takenAlong } from '../widget/popout.ts';

const query = new URLSearchParams(location.search);

/** What the gateway may write into the page; the address says the rest. */
function pageConfig(): { entry_point?: string } {
  try {
    return JSON.parse(document.getElementById('kefu-config')?.textContent ?? '{}') as { entry_point?: string };
  } catch {
    return {};
  }
}

async function begin(): Promise<void> {
  const kf = decodeURIComponent(location.pathname.split('/')[2] ?? '');
  const entryPoint = pageConfig().entry_point ?? query.get('entry_point') ?? kf;
  const locale = query.get('lang') ?? navigator.language;
  const campaign = query.get('campaign') ?? query.get('utm_campaign') ?? undefined;
  const page = { url: location.href, title: document.title, ...(document.referrer ? { referrer: document.referrer } : {}) };
  const client = tabbedClient({ origin: location.origin, entryPoint, locale, page, campaign });
  const token = await takenAlong();
  if (token) client.adopt(token);
  const root = document.getElementById('app') as HTMLElement;
  await mount(root, client, locale, 'auto', { shown: true, focus: 1 });
  client.start();
  title(client);
  fitKeyboard();
}

/** The kf account's name in the tab, and how much is unread while the tab is in the background. */
function title(client: VisitorClient): void {
  const show = () => {
    const { kf, unread } = client.state;
    const name = kf?.name ?? document.title;
    const wanted = document.hidden && unread ? `(${unread > 9 ? '9+' : unread}) ${name}` : name;
    if (kf && document.title !== wanted) document.title = wanted;
  };
  client.on('change', show);
  document.addEventListener('visibilitychange', show);
}

/** Safari lays its keyboard over the page: give the page what is left. */
function fitKeyboard(): void {
  const view = window.visualViewport;
  if (!view) return;
  const fit = () => {
    if (view.scale > 1.01) return;
    document.body.style.height = view.height < window.innerHeight - 60 ? `${view.height}px` : '';
    window.scrollTo(0, 0);
  };
  view.addEventListener('resize', fit);
}

void begin();
