// The page against a stand-in for the simulator: what is shown, and which verb each touch calls.
import { render } from 'preact';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Chat, Line } from './api.ts';
import { Bench } from './bench.ts';
import { App } from './ui/App.tsx';

interface Asked {
  path: string;
  body: Record<string, unknown>;
}

const kf = 'wk1';
let lines: Line[] = [];
let apps: unknown[] = [];
let more: Chat[] = [];
let asked: Asked[] = [];
let bench: Bench;

const answers: Record<string, () => unknown> = {
  '/sim/corp': () => ({ corps: [{ corpid: 'ww1', name: '溪山茶社', callback_url: '', channels_nickname: '溪山茶社', accounts: [{ open_kfid: kf, name: '溪山茶社', link: '' }], callbacks_waiting: 0 }] }),
  '/sim/app': () => ({ apps }),
  '/sim/menu': () => ({ result: 'miniprogram', appid: 'wxmini', pagepath: 'pages/index' }),
  '/sim/people': () => ({ people: [{ customer: 'zhou', name: '周砚', unionid: 'oUabcdefg', chats: 1 }] }),
  '/sim/screen': () => ({ customer: 'zhou', name: '周砚', unionid: 'oUabcdefg', external_userid: 'wm1', chats: [{ kind: 'kf', target: kf, title: '溪山茶社', note: null, corp: '溪山茶社', lines, credits: { left: 2, until_ms: Date.now() + 3_600_500 }, service_state: 1 }, ...more] }),
  '/sim/calls': () => ({ calls: [] }),
  '/sim/fault': () => ({ faults: [{ id: 4, kind: 'callback_repeat', calls: null, struck: 3 }] }),
  '/sim/clock': () => ({ now_ms: Date.now() }),
  '/sim/tap': () => ({ result: 'said' }),
  '/sim/scan': () => ({ kind: 'contact_way', payload: 'x', config_id: 'c1', userid: 'gunian', name: '顾念', title: '茶艺顾问', corp: '溪山茶社', state: 'h_1', added: false }),
  '/sim/add': () => ({ userid: 'gunian' }),
};

beforeEach(() => {
  asked = [];
  lines = [];
  apps = [];
  more = [];
  vi.stubGlobal('EventSource', class extends EventTarget {});
  vi.stubGlobal('ResizeObserver', class {
    observe() {}
    disconnect() {}
  });
  vi.stubGlobal('fetch', async (url: string, init?: RequestInit) => {
    const path = url.split('?')[0] ?? '';
    if (init?.method === 'POST') asked.push({ path, body: JSON.parse(String(init.body)) as Record<string, unknown> });
    return new Response(JSON.stringify(answers[path]?.() ?? {}));
  });
});

afterEach(() => {
  render(null, document.body);
  vi.unstubAllGlobals();
  sessionStorage.clear();
});

async function start(query: string): Promise<void> {
  bench = new Bench(new URLSearchParams(query));
  bench.onChange = () => render(<App bench={bench} />, document.body);
  await bench.begin();
}

const line = (part: Partial<Line>): Line => ({ no: lines.length + 1, at: Date.now(), side: 'them', msgtype: 'text', content: {}, msgid: `m${lines.length + 1}`, ...part });
const button = (name: string) => [...document.querySelectorAll('button')].find((one) => (one.getAttribute('aria-label') ?? one.textContent)?.includes(name));
const calls = (path: string) => asked.filter((one) => one.path === path).map((one) => one.body);

test('nobody yet: a source brings a new person in', async () => {
  await start('lang=zh-CN');
  expect(document.body.textContent).toContain('还没有会话');
  await bench.enter('live');
  const [entered] = calls('/sim/enter');
  expect(entered).toMatchObject({ open_kfid: kf, wechat_channels: { nickname: '溪山茶社', scene: 2 } });
  expect(String(entered?.customer)).toMatch(/^p-/);
});

test('a source is a page first, and its button leads to the chat', async () => {
  await start('lang=zh-CN&customer=zhou');
  expect(button('公众号')).toBeUndefined();
  button('视频号橱窗')?.click();
  await vi.waitFor(() => expect(document.querySelector('.place')?.textContent).toContain('¥1,280'));
  expect(calls('/sim/enter')).toHaveLength(0);
  document.querySelector<HTMLButtonElement>('.place .go')?.click();
  await vi.waitFor(() => expect(calls('/sim/enter')[0]).toMatchObject({ wechat_channels: { nickname: '溪山茶社', scene: 3 } }));
});

test('an official account is followed on its page, and its menu has lists', async () => {
  const service = { name: '服务', type: '', sub_button: [{ name: '售后', type: 'click', key: 'a' }] };
  apps = [{ appid: 'wxoa', kind: 'official_account', name: '溪山茶社', original_id: 'gh_1', push_url: '', menu: [service] }];
  await start('lang=zh-CN&customer=zhou');
  bench.visit('official');
  button('关注公众号')?.click();
  await vi.waitFor(() => expect(calls('/sim/follow')[0]).toMatchObject({ appid: 'wxoa', how: 'ADD_SCENE_SEARCH' }));
  const survey = line({ msgtype: 'msgmenu', content: { head_content: '满意吗', list: [{ id: 101, content: '满意' }] } });
  more = [{ kind: 'official_account', target: 'wxoa', title: '溪山茶社', note: null, corp: '', lines: [survey], credits: { left: 8, until_ms: Date.now() }, followed: true, typing: true }];
  await bench.show('official_account', 'wxoa');
  expect(document.querySelector('.nav0')?.textContent).toContain('对方正在输入');
  button('满意')?.click();
  await vi.waitFor(() => expect(calls('/sim/tap')[0]).toMatchObject({ appid: 'wxoa', index: 0 }));
  button('服务')?.click();
  await vi.waitFor(() => expect(button('售后')).toBeDefined());
  button('售后')?.click();
  await vi.waitFor(() => expect(calls('/sim/menu')[0]).toMatchObject({ appid: 'wxoa', name: '售后' }));
  await vi.waitFor(() => expect(document.querySelector('[role=dialog]')?.textContent).toContain('wxmini'));
});

test('a product page brings its card along', async () => {
  await start('lang=zh-CN&customer=zhou');
  await bench.enter('shop');
  expect(calls('/sim/enter')[0]).toMatchObject({ wechat_channels: { shop_nickname: '溪山茶社', scene: 4 } });
});

test('every type is shown, and what is unknown says so', async () => {
  const types: [string, Record<string, unknown> | null, string][] = [
    ['text', { content: '看 https://example.com/a 吧' }, 'https://example.com/a'],
    ['link', { title: '预约品茶', url: 'https://x.cn/y' }, 'x.cn'],
    ['location', { name: '龙坞', latitude: 30.1, longitude: 120 }, '30.1000'],
    ['channels_shop_product', { title: '龙井', sales_price: '128000' }, '¥1,280'],
    ['msgmenu', { head_content: '您好', list: [{ type: 'text', text: { content: '一\\n二' } }], tail_content: '再见' }, '再见'],
    ['hologram', null, '[hologram]'],
    ['voice', {}, '语音消息'],
  ];
  for (const [msgtype, content] of types) lines.push(line({ msgtype, content }));
  lines.push(line({ recalled: true }));
  await start('lang=zh-CN&customer=zhou');
  bench.set({ open: { kind: 'kf', target: kf } });
  for (const [, , words] of types) expect(document.querySelector('.chat')?.textContent).toContain(words);
  expect(document.querySelector('.chat')?.textContent).toContain('撤回了一条消息');
  expect(document.querySelector('.bub a')?.getAttribute('rel')).toContain('noopener');
  expect(document.body.textContent).toContain('商家还可发 2 条，余 1 时 00 分');
});

test('a menu item is tapped by its place among those that can be tapped', async () => {
  lines.push(line({ msgtype: 'msgmenu', content: { list: [{ type: 'text', text: { content: '请选' } }, { type: 'click', click: { id: '1', content: '库存' } }, { type: 'click', click: { id: '2', content: '转人工' } }] } }));
  await start('lang=zh-CN&customer=zhou');
  bench.set({ open: { kind: 'kf', target: kf } });
  button('转人工')?.click();
  await vi.waitFor(() => expect(calls('/sim/tap')[0]).toMatchObject({ msgid: 'm1', index: 1, open_kfid: kf }));
});

test('Enter sends, but not while Chinese is being composed', async () => {
  lines.push(line({ content: { content: '在吗' } }));
  await start('lang=zh-CN&customer=zhou');
  bench.set({ open: { kind: 'kf', target: kf } });
  const field = document.querySelector('textarea') as HTMLTextAreaElement;
  field.value = '你好';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await vi.waitFor(() => expect(button('发送')).toBeDefined());
  field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true }));
  expect(calls('/sim/say')).toHaveLength(0);
  field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
  await vi.waitFor(() => expect(calls('/sim/say')[0]).toMatchObject({ text: { content: '你好' }, open_kfid: kf }));
});

test('a scanned link opens the card, and the specialist is added', async () => {
  await start('lang=zh-CN&customer=zhou&scan=http://127.0.0.1:1/q/c/c1');
  expect(document.querySelector('[role=dialog]')?.textContent).toContain('茶艺顾问');
  button('添加为联系人')?.click();
  await vi.waitFor(() => expect(calls('/sim/add')[0]).toMatchObject({ customer: 'zhou', config_id: 'c1' }));
});

test('a fault that is on is shown so, with how often it struck', async () => {
  await start('lang=en&customer=zhou');
  const fault = button('Callbacks twice');
  expect(fault?.getAttribute('aria-pressed')).toBe('true');
  expect(fault?.textContent).toContain('3');
  button('Busy')?.click();
  await vi.waitFor(() => expect(calls('/sim/fault')[0]).toMatchObject({ kind: 'errcode', path: 'kf/send_msg', code: -1, calls: 0 }));
});
