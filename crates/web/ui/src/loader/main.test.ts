import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { greeting, handover } from '../widget/bridge.ts';

type Kefu = ((...call: unknown[]) => unknown) & Record<string, (...args: unknown[]) => unknown>;
const page = window as unknown as { kefu?: Kefu };
const host = () => [...document.documentElement.children].find((element) => element.shadowRoot);
const inside = <T extends Element>(selector: string) => host()?.shadowRoot?.querySelector<T>(selector) as T;

/** Runs the loader as a site's script tag would. */
async function load(data: Record<string, string>): Promise<Kefu> {
  vi.resetModules();
  const script = document.createElement('script');
  script.type = 'text/plain';
  script.setAttribute('src', 'https://kefu.example/widget.js');
  Object.assign(script.dataset, data);
  document.head.append(script);
  await import('./main.ts');
  return page.kefu as Kefu;
}

/** What the frame's window would say, from where. */
function speak(origin: string, source: unknown, data: unknown): void {
  window.dispatchEvent(Object.assign(new Event('message'), { origin, source, data }));
}

beforeEach(() => {
  // No page is fetched: only who says what to whom is looked at.
  vi.spyOn(HTMLIFrameElement.prototype, 'src', 'set').mockImplementation(function (this: HTMLIFrameElement, url: string) {
    this.setAttribute('data-src', url);
  });
});
afterEach(() => {
  page.kefu?.shutdown?.();
  delete page.kefu;
  document.head.replaceChildren();
});

it('shows a named button in a shadow of its own, and makes the frame when someone comes near', async () => {
  await load({ entryPoint: 'ep1', color: '#2F6046' });
  const button = inside<HTMLButtonElement>('.launch');
  expect(button.getAttribute('aria-label')).toBeTruthy();
  expect(host()?.parentElement).toBe(document.documentElement);
  button.dispatchEvent(new Event('pointerenter'));
  const { searchParams, origin, pathname } = new URL(inside('iframe').getAttribute('data-src') ?? '');
  expect([origin, pathname, searchParams.get('entry_point'), searchParams.get('origin')]).toEqual(['https://kefu.example', '/widget/', 'ep1', location.origin]);
});

it('does what was called before it came, listeners first', async () => {
  const opened = vi.fn();
  const stub = ((...call: unknown[]) => void (stub as unknown as { q: unknown[] }).q.push(call)) as unknown as Kefu;
  (stub as unknown as { q: unknown[] }).q = [];
  page.kefu = stub;
  stub('open');
  stub('on', 'open', opened);
  const kefu = await load({ entryPoint: 'ep1' });
  expect(opened).toHaveBeenCalledOnce();
  expect(kefu('isOpen')).toBe(true);
  expect(kefu.isOpen?.()).toBe(true);
  kefu('close');
  expect(kefu('isOpen')).toBe(false);
});

it('waits for boot without an entry point, and starts once', async () => {
  const kefu = await load({});
  expect(host()).toBeUndefined();
  kefu('open');
  kefu('boot', { entryPoint: 'ep1' });
  kefu('boot', { entryPoint: 'ep2' });
  kefu('open');
  expect(inside('iframe').getAttribute('data-src')).toContain('entry_point=ep1');
});

it('gives a port to its own frame from the gateway, and to nobody else', async () => {
  const kefu = await load({ entryPoint: 'ep1' });
  kefu('open');
  const frame = inside<HTMLIFrameElement>('iframe');
  const target = { postMessage: vi.fn() };
  Object.defineProperty(frame, 'contentWindow', { value: target });
  speak('https://evil.example', target, greeting);
  speak('https://kefu.example', window, greeting);
  speak('https://kefu.example', target, 'kefu:something');
  expect(target.postMessage).not.toHaveBeenCalled();
  speak('https://kefu.example', target, greeting);
  expect(target.postMessage).toHaveBeenCalledOnce();
  expect(target.postMessage.mock.calls[0]?.slice(0, 2)).toEqual([handover, 'https://kefu.example']);
});

it('leaves nothing behind', async () => {
  const kefu = await load({ entryPoint: 'ep1' });
  kefu('open');
  kefu('shutdown');
  expect(host()).toBeUndefined();
});

it('knows no command that nobody gave it', async () => {
  const kefu = await load({ entryPoint: 'ep1' });
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  for (const name of ['constructor', '__proto__', 'toString', 'nothing']) expect(kefu(name)).toBeUndefined();
  expect(warn).toHaveBeenCalledTimes(4);
});
