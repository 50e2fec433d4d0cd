import { afterEach, expect, test, vi } from 'vitest';
import { nextTick } from 'vue';
import { createMemoryHistory, createRouter } from 'vue-router';
import type { Explanation, WallWaiting } from '../net/protocol';
import { mount } from '../parts/mount.test-help';
import WaitRow from './WaitRow.vue';

afterEach(() => vi.unstubAllGlobals());
const told: Explanation = { decided_at: 0, outcome: 'waiting', reason: 'full', text_zh: '能接的人都满额', text_en: 'Everyone who could is full', considered: 9, excluded: 9, candidates: [] };
const waits = (more: Partial<WallWaiting>): WallWaiting => ({
  session_id: 's21', conversation_id: 'c21', customer_name: '周砚', mark: 'vip', entry: { entry_point_id: 'e', channel: 'website', name: '官网' }, team_id: 't', team_name: '售前',
  stuck: 'full', stuck_text_zh: '能接的人都满额', stuck_text_en: 'Everyone who could is full', enqueued_at: Date.now(), promise_s: 300, priority: 3, explanation: null, ...more,
});
function show(w: WallWaiting, answer: () => Response) {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (url: string) => (asked.push(url), answer()));
  const acts: unknown[] = [];
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)', component: WaitRow }] });
  const { host, stop } = mount(WaitRow, { w, place: 21, onAct: (what: string) => acts.push(what), onPriority: (n: number) => acts.push(n) }, [router]);
  const buttons = () => [...host.querySelectorAll('.acts button')].map((b) => b.textContent);
  return { host, stop, asked, acts, buttons };
}

test('who stands further down than the wall explains is explained when opened, and can be acted on at once', async () => {
  const { host, stop, asked, acts, buttons } = show(waits({}), () => new Response(JSON.stringify(told), { headers: { 'content-type': 'application/json' } }));
  host.querySelector<HTMLElement>('button.q')!.click();
  await nextTick();
  expect(buttons()).toEqual(['指派给…', '转到别的组…', '看会话', '结束']);
  expect(asked).toEqual(['/v1/sessions/s21/explanation']);
  await vi.waitFor(() => expect(host.querySelector('.say')?.textContent).toContain('能接的人都满额'));
  host.querySelector<HTMLElement>('.acts button')!.click();
  const select = host.querySelector<HTMLSelectElement>('.acts select')!;
  expect(select.value).toBe('3');
  select.value = '9';
  select.dispatchEvent(new Event('change'));
  expect(acts).toEqual(['assign', 9]);
  stop();
});

test('an explanation that cannot be had takes no button away', async () => {
  const { host, stop, buttons } = show(waits({}), () => new Response('{"code":"overloaded"}', { status: 503 }));
  host.querySelector<HTMLElement>('button.q')!.click();
  await vi.waitFor(() => expect(host.querySelector('[role="alert"]')?.textContent).toContain('服务器忙'));
  expect(buttons()).toContain('指派给…');
  stop();
});

test('one that the frame brings is not asked for, and who waits at the platform is only looked at', async () => {
  const { host, stop, asked, buttons } = show(waits({ explanation: told, stuck: 'elsewhere' }), () => new Response('{}'));
  host.querySelector<HTMLElement>('button.q')!.click();
  await nextTick();
  expect(host.querySelector('.say')?.textContent).toContain('能接的人都满额');
  expect(asked).toEqual([]);
  expect(buttons()).toEqual(['看会话']);
  stop();
});

test('whose customer waits is said in the row, and beside the candidate that it is', async () => {
  const mine = { servicer_userid: 'a1', name: '林知夏', load: 8, limit: 8, owner: true, verdict: 'full', detail_zh: '满额', detail_en: 'full' };
  const w = waits({ owner: 'a1', owner_name: '林知夏', explanation: { ...told, candidates: [{ ...mine, servicer_userid: 'a2', name: '陶然', owner: false }, mine] } });
  const { host, stop } = show(w, () => new Response('{}'));
  expect(host.querySelector('button.q .who')?.textContent).toContain('林知夏 的客户');
  host.querySelector<HTMLElement>('button.q')!.click();
  await nextTick();
  expect([...host.querySelectorAll('tr')].map((tr) => !!tr.querySelector('.yours'))).toEqual([false, true]);
  stop();
});
