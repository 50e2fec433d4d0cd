import { afterEach, expect, test, vi } from 'vitest';
import { defineComponent, h, nextTick, ref } from 'vue';
import { current } from '../state/current';
import type { Desk } from '../state/desk';
import { mount } from '../parts/mount.test-help';
import TransferSheet, { type Target } from './TransferSheet.vue';

afterEach(() => {
  vi.unstubAllGlobals();
  current.value = null;
});

test('Enter behind a name chooses who fits and is there, and a second one goes on', async () => {
  current.value = { me: 'me' } as Desk;
  const agents = [
    { id: 'a1', name: '沈嘉', limit: 8, load: 1, state: 'offline', connected: false },
    { id: 'a2', name: '沈默', limit: 8, load: 1, state: 'online', connected: true },
  ];
  const answer = (items: unknown[]) => new Response(JSON.stringify({ items, next: null }), { headers: { 'content-type': 'application/json' } });
  vi.stubGlobal('fetch', async (url: string) => answer(url.includes('/agents') ? agents : [{ id: 't1', name: '售后组', agent_ids: ['a2'] }]));
  const open = ref(false);
  const picked: Target[] = [];
  const { host, stop } = mount(defineComponent(() => () => h(TransferSheet, { kind: 'transfer', open: open.value, onPick: (to: Target) => picked.push(to) })), {});
  open.value = true;
  await vi.waitFor(() => expect(host.querySelectorAll('.pick')).toHaveLength(3));
  const field = host.querySelector<HTMLInputElement>('.with-icon input')!;
  const enter = async (isComposing = false) => {
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing }));
    await nextTick();
  };
  await enter();
  expect(host.querySelector('.pick.on')).toBeNull();
  field.value = '沈';
  field.dispatchEvent(new Event('input'));
  await nextTick();
  await enter(true);
  expect(host.querySelector('.pick.on')).toBeNull();
  await enter();
  expect(host.querySelector('.pick.on')?.textContent).toContain('沈默');
  expect(picked).toEqual([]);
  await enter();
  expect(picked).toEqual([{ to_servicer_userid: 'a2', name: '沈默' }]);
  stop();
});

test('who is in the platform’s own client is given to who receives there', async () => {
  current.value = { me: 'me' } as Desk;
  const agents = [
    { id: 'a1', name: '沈嘉', limit: 8, state: 'online', connected: true },
    { id: 'a2', name: '沈默', limit: 8, state: 'online', connected: true, receives: false },
    { id: 'a3', name: '沈然', limit: 8, state: 'offline', connected: false, receives: true },
  ];
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ items: agents, next: null }), { headers: { 'content-type': 'application/json' } }));
  const open = ref(false);
  const { host, stop } = mount(defineComponent(() => () => h(TransferSheet, { kind: 'transfer', there: true, open: open.value })), {});
  open.value = true;
  await vi.waitFor(() => expect(host.querySelectorAll('.pick')).toHaveLength(3));
  const rows = [...host.querySelectorAll('.pick')].map((row) => [row.querySelector('.cut')!.textContent!.trim().slice(0, 2), row.querySelector('input')!.disabled]);
  expect(rows[0]).toEqual(['沈然', false]);
  expect(rows.slice(1).every(([, off]) => off)).toBe(true);
  expect(host.querySelectorAll('fieldset')).toHaveLength(1);
  stop();
});
