// The app in its frame. It shows nothing and opens no visit until the loader of the page around it
// has named itself; a browser that was here before takes up its line at once, to count what is unread.
import '@kit/tokens.css';
import './widget.css';
import { type Config, type EventName, type ToApp, type ToLoader, greeting, handover } from './bridge.ts';
import type { Message, VisitorClient } from '../sdk/index.ts';
import { tabbedClient } from '../sdk/tabs/index.ts';
import { palette, parseColor } from './color.ts';
import { type Mounted, mount } from './mount.tsx';

type Signal = Extract<ToApp, { t: 'signal' }>['frame'];
const mostSignals = 50;

const query = new URLSearchParams(location.search);
const entryPoint = query.get('entry_point') ?? '';
const above = query.get('origin') ?? '';
const root = document.getElementById('app') as HTMLElement;

if (window.parent === window) {
  // Opened by itself, outside of any site: there is a page for that.
  location.replace(`/chat/?${new URLSearchParams({ entry_point: entryPoint })}`);
} else {
  window.addEventListener('message', function heard(event) {
    const [port] = event.ports;
    // Only the window that frames us, from the site that it says it is, and once.
    if (event.source !== window.parent || event.origin !== above || event.data !== handover || !port) return;
    window.removeEventListener('message', heard);
    talk(port);
  });
  window.parent.postMessage(greeting, above);
}

function talk(port: MessagePort): void {
  const tell = (message: ToLoader) => port.postMessage(message);
  const emit = (name: EventName, detail: unknown) => tell({ t: 'event', name, detail });
  let client: VisitorClient | null = null;
  let app: Mounted | null = null;
  let turn = 0;
  /** What the loader said while the words were loaded. */
  const early: ToApp[] = [];
  /** What waits for a line; the oldest is dropped when there is too much. */
  const signals: Signal[] = [];
  const pass = () => {
    while (signals[0] && client?.signal(signals[0])) signals.shift();
  };

  const begin = async (config: Config) => {
    const locale = config.locale ?? navigator.language;
    const opened = tabbedClient({ origin: location.origin, entryPoint, page: config.page, locale, ...(config.campaign ? { campaign: config.campaign } : {}) });
    app = await mount(root, opened, locale, config.scheme ?? 'auto', {
      onClose: () => tell({ t: 'close' }),
      onPopout: () => popout(opened),
    });
    client = opened;
    report(client, tell, emit);
    client.on('change', pass);
    if (config.attributes) client.setAttributes(config.attributes);
    if (config.identity) client.identify(config.identity);
    if (client.bearer || config.identity) client.start();
    tell({ t: 'ready' });
    for (const message of early.splice(0)) hear(message);
  };

  const hear = (data: ToApp) => {
    if (!client || !app) {
      early.push(data);
      return;
    }
    switch (data.t) {
      case 'shown': {
        document.documentElement.dataset.layout = data.full ? 'full' : 'panel';
        for (const [at, side] of ['top', 'right', 'bottom', 'left'].entries()) document.documentElement.style.setProperty(`--edge-${side}`, `${data.edges[at] ?? 0}px`);
        app.set({ shown: data.shown, ...(data.shown ? { focus: ++turn } : {}) });
        if (data.shown) client.start();
        break;
      }
      case 'prefill':
        app.set({ prefill: { text: data.text, turn: ++turn } });
        break;
      case 'identify':
        client.identify(data.identity);
        client.start();
        break;
      case 'attributes':
        client.setAttributes(data.attributes);
        break;
      case 'locale':
        app.setLocale(data.locale);
        break;
      case 'scheme':
        app.setScheme(data.scheme);
        break;
      case 'page':
        client.setPage(data.page);
        break;
      case 'popout':
        popout(client);
        break;
      case 'signal':
        if (signals.push(data.frame) > mostSignals) signals.shift();
        pass();
        break;
      case 'reset':
        signals.length = 0;
        client.reset();
        break;
      case 'stop':
        client.stop();
        break;
      default:
    }
  };
  port.addEventListener('message', ({ data }: MessageEvent<ToApp>) => {
    if (data.t === 'config') void begin(data.config);
    else hear(data);
  });
  port.start();
}

const popout = (client: VisitorClient) => import('./popout.ts').then((part) => part.popout(client, entryPoint), () => {});

/** Tells the loader what the page around may know: counts, names, and the last words for its bubble. */
function report(client: VisitorClient, tell: (message: ToLoader) => void, emit: (name: EventName, detail: unknown) => void): void {
  let face = '';
  let unread = -1;
  let last: { name: string; text: string } | null = null;
  client.on('message', (message) => {
    if (message.msgtype === 'event') return;
    last = { name: message.name ?? client.state.kf?.name ?? '', text: preview(message) };
    emit('message_received', { msgid: message.msgid, name: last.name, text: last.text });
  });
  client.on('change', ({ kf, unread: count }) => {
    if (kf && face !== `${kf.color}`) {
      face = `${kf.color}`;
      const brand = parseColor(kf.color);
      tell({ t: 'face', color: brand && palette(brand, false).act });
    }
    if (count === unread && !last) return;
    unread = count;
    tell({ t: 'unread', count, last });
    last = null;
  });
  client.on('sent', (detail) => emit('message_sent', detail));
  client.on('agentJoined', (detail) => emit('agent_joined', detail));
  client.on('ended', (detail) => emit('conversation_ended', detail));
  client.on('error', (detail) => emit('error', detail));
}

function preview(message: Message): string {
  const { text, msgmenu, handoff, survey, file } = message;
  const said = text?.content ?? msgmenu?.head_content ?? handoff?.name ?? survey?.question ?? file?.name;
  return (said ?? `[${message.msgtype}]`).slice(0, 140);
}
