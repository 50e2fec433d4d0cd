// `widget.js`: one line in a site's page brings the widget. Calls made before it arrived wait in
// the stub's queue; afterwards `kefu('open')` and `kefu.open()` are the same.
import type { EventName } from '../widget/bridge.ts';
import type { Options } from './options.ts';
import { Widget } from './widget.ts';

type Listener = (detail: unknown) => void;
type Call = [command: string, ...args: unknown[]];
type Kefu = ((...call: Call) => unknown) & { q?: ArrayLike<unknown>[]; loaded?: boolean };
type Commands = Record<string, (...args: never[]) => unknown>;

const site = window as unknown as { kefu?: Kefu };
const script = (document.currentScript ?? document.querySelector('script[src*="/widget.js"]')) as HTMLScriptElement | null;

const early = ([command]: Call) => command === 'on' || command === 'boot';

function begin(tag: HTMLScriptElement): void {
  const { origin } = new URL(tag.src);
  const listeners = new Map<string, Set<Listener>>();
  let widget: Widget | null = null;

  const emit = (event: EventName, detail: unknown = null) => {
    for (const listener of new Set(listeners.get(event))) {
      try {
        listener(detail);
      } catch (error) {
        console.error(error);
      }
    }
  };
  const own: Commands = {
    boot(more: Partial<Options> = {}) {
      const options = { nonce: tag.nonce, ...tag.dataset, ...more };
      if (!widget && options.entryPoint) widget = new Widget(origin, options as Options, emit);
    },
    shutdown() {
      widget?.shutdown();
      widget = null;
    },
    on(event: string, listener: Listener) {
      const set = listeners.get(event) ?? new Set();
      listeners.set(event, set.add(listener));
      if (event === 'ready' && widget?.ready) listener(null);
      return () => set.delete(listener);
    },
    off(event: string, listener?: Listener) {
      if (listener) listeners.get(event)?.delete(listener);
      else listeners.delete(event);
    },
  };

  const kefu = ((command: string, ...args: never[]) => {
    const run = methods[command];
    if (run) return run(...args);
    console.warn('kefu: no', command);
    return undefined;
  }) as unknown as Kefu;
  const methods: Commands = Object.assign(Object.create(null), own);
  for (const name of Object.getOwnPropertyNames(Widget.prototype)) {
    if (name !== 'constructor') methods[name] ??= (...args) => (widget as unknown as Commands | null)?.[name]?.apply(widget, args);
  }
  Object.assign(kefu, methods, { loaded: true });

  const calls = Array.from(site.kefu?.q ?? [], (call) => Array.from(call) as Call);
  site.kefu = kefu;
  // Listeners and `boot` first: a page may have called `open` before it knew of them.
  for (const call of calls.filter(early)) kefu(...call);
  if (tag.dataset.entryPoint) kefu('boot');
  for (const call of calls) if (!early(call)) kefu(...call);
}

// A site may carry the line twice; the first one stays.
if (!site.kefu?.loaded && script) begin(script);
