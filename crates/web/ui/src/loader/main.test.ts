import { readFileSync } from 'node:fs';
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

it('closes by Esc, but not by the one that ends a composition in a field of the site', async () => {
  const kefu = await load({ entryPoint: 'ep1' });
  kefu('open');
  const esc = (keyCode: number, isComposing: boolean) => document.dispatchEvent(Object.assign(new Event('keydown'), { key: 'Escape', keyCode, isComposing }));
  esc(229, true);
  expect(kefu('isOpen')).toBe(true);
  esc(27, false);
  expect(kefu('isOpen')).toBe(false);
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

/** Lets the frame greet; what the app would hear, and how it would speak. */
async function greeted(kefu: Kefu) {
  kefu('open');
  const target = { postMessage: vi.fn() };
  Object.defineProperty(inside<HTMLIFrameElement>('iframe'), 'contentWindow', { value: target });
  speak('https://kefu.example', target, greeting);
  const [[, , [port]]] = target.postMessage.mock.calls as [[string, string, [MessagePort]]];
  const heard: Record<string, unknown>[] = [];
  port.addEventListener('message', ({ data }: MessageEvent) => heard.push(data));
  port.start();
  const settle = async () => {
    await new Promise((go) => setTimeout(go, 20));
    return heard.splice(0);
  };
  const first = await settle();
  return { first, say: (data: unknown) => port.postMessage(data), settle };
}

it('carries every command that is the app\'s over to it', async () => {
  const kefu = await load({ entryPoint: 'ep1' });
  const { settle } = await greeted(kefu);
  const commands: [call: unknown[], heard: unknown[]][] = [
    [['showMessage', '有货吗'], [{ t: 'prefill', text: '有货吗' }]],
    [['setUser', 'jwt'], [{ t: 'identify', identity: 'jwt' }]],
    [['setUser', { token: 'jwt2' }], [{ t: 'identify', identity: 'jwt2' }]],
    [['setUser', '8802', 'jwt3'], [{ t: 'identify', identity: 'jwt3' }]],
    [['setAttributes', { plan: 'gold' }], [{ t: 'attributes', attributes: { plan: 'gold' } }]],
    [['deleteAttribute', 'plan'], [{ t: 'attributes', attributes: { plan: null } }]],
    [['addTag', '企业'], [{ t: 'signal', frame: { op: 'tag', add: ['企业'] } }]],
    [['removeTag', '企业'], [{ t: 'signal', frame: { op: 'tag', remove: ['企业'] } }]],
    [['trackEvent', '加入购物车', '龙井'], [{ t: 'signal', frame: { op: 'event', event: { name: '加入购物车', detail: '龙井' } } }]],
    [['trackPageView', { url: 'https://shop.example/a', title: '甲' }], [expect.objectContaining({ t: 'page', page: expect.objectContaining({ url: 'https://shop.example/a', title: '甲' }) })]],
    [['setLocale', 'en'], [{ t: 'locale', locale: 'en' }]],
    [['setColorScheme', 'dark'], [{ t: 'scheme', scheme: 'dark' }]],
    [['popout'], [{ t: 'popout' }]],
    [['close'], [expect.objectContaining({ t: 'shown', shown: false })]],
    [['toggle'], [expect.objectContaining({ t: 'shown', shown: true })]],
    [['reset'], [expect.objectContaining({ t: 'shown', shown: false }), { t: 'reset' }]],
    [['setUser', null], [{ t: 'reset' }]],
  ];
  for (const [call, heard] of commands) {
    kefu(...call);
    expect(await settle(), String(call[0])).toEqual(heard);
  }
  expect(inside('.launch').getAttribute('aria-label')).toBe('Chat with us');
});

it('says once, in the configuration, what was set before the frame came', async () => {
  const kefu = await load({ entryPoint: 'ep1' });
  kefu('setUser', 'jwt');
  kefu('setAttributes', { a: 1, b: 2 });
  kefu('deleteAttribute', 'b');
  kefu('setLocale', 'en');
  kefu('addTag', '企业');
  const { first } = await greeted(kefu);
  expect(first).toMatchObject([{ t: 'config', config: { identity: 'jwt', attributes: { a: 1, b: null }, locale: 'en' } }, { t: 'shown' }, { t: 'signal' }]);
  expect(first[0]).not.toHaveProperty('config.nonce');
});

it('moves and hides its button, and says what it knows', async () => {
  const kefu = await load({ entryPoint: 'ep1' });
  const style = () => (host() as HTMLElement).style;
  expect([style().getPropertyValue('--l'), style().getPropertyValue('--x')]).toEqual(['auto', '24px']);
  kefu('setPosition', { position: 'left', offsetX: 8 });
  kefu('setPosition', { offsetY: 40 });
  expect(['--l', '--r', '--x', '--y'].map((name) => style().getPropertyValue(name))).toEqual(['var(--x)', 'auto', '8px', '40px']);
  const button = inside<HTMLButtonElement>('.launch');
  kefu('hideLauncher');
  expect(button.hidden).toBe(true);
  kefu('showLauncher');
  expect(button.hidden).toBe(false);
  expect([kefu('getUnread'), kefu('isOpen')]).toEqual([0, false]);
});

it('hands every event to who asked for it, until they want no more', async () => {
  const kefu = await load({ entryPoint: 'ep1' });
  const got: [string, unknown][] = [];
  const names = ['ready', 'open', 'close', 'unread', 'error', 'message_sent', 'message_received', 'agent_joined', 'conversation_ended'];
  const offs = names.map((name) => kefu('on', name, (detail: unknown) => got.push([name, detail])) as () => void);
  const { say, settle } = await greeted(kefu);
  const detail = { msgid: 'm1' };
  for (const frame of [{ t: 'ready' }, { t: 'ready' }, { t: 'unread', count: 2, last: { name: '夏', text: '有货' } }, ...names.slice(4).map((name) => ({ t: 'event', name, detail })), { t: 'close' }]) say(frame);
  await settle();
  expect(got).toEqual([['open', null], ['ready', null], ['unread', 2], ...names.slice(4).map((name) => [name, detail]), ['close', null]]);
  expect(kefu('getUnread')).toBe(2);
  const late = vi.fn();
  kefu('on', 'ready', late);
  expect(late).toHaveBeenCalledOnce();

  got.length = 0;
  offs[1]?.();
  kefu('off', 'close');
  kefu('open');
  kefu('close');
  expect(got).toEqual([]);
});

it('has every command that its page names, and names every one that it has', async () => {
  const kefu = await load({ entryPoint: 'ep1' });
  const page = readFileSync('src/loader/README.md', 'utf8').split('## What it can be asked')[1]?.split('## ')[0] ?? '';
  const named = new Set([...page.matchAll(/^\| (.+?) \|/gm)].flatMap(([, cell]) => [...(cell ?? '').matchAll(/`(\w+)/g)].map(([, name]) => name)));
  expect([...named].sort()).toEqual(Object.keys(kefu).filter((name) => name !== 'loaded').sort());
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
