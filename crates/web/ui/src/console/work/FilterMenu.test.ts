import { afterEach, expect, test, vi } from 'vitest';
import { defineComponent, h, nextTick, ref } from 'vue';
import { everything, type Filter } from '../state/folders';
import { setLocale } from '../words';
import { mount } from '../parts/mount.test-help';
import FilterMenu from './FilterMenu.vue';
import { namesOf } from './filters';

afterEach(() => {
  vi.unstubAllGlobals();
  setLocale('zh-CN');
});

function begin() {
  vi.stubGlobal('fetch', async () => Response.json({ items: [], next: null }));
  const filter = ref<Filter>({ ...everything, sort: 'waiting' });
  const { host, stop } = mount(defineComponent(() => () => h(FilterMenu, { tab: 'all', modelValue: filter.value, 'onUpdate:modelValue': (to: Filter) => (filter.value = to) })), {});
  const entries = () => [...document.querySelectorAll<HTMLElement>('.menu-item')];
  const press = async (key: string) => {
    document.activeElement!.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    await nextTick();
  };
  /** Opens the menu, goes down to an entry, and takes it: all by keys. */
  const take = async (label: string) => {
    const button = host.querySelector<HTMLElement>('button')!;
    button.focus();
    await press('ArrowDown');
    await vi.waitFor(() => expect(entries()).toContain(document.activeElement));
    for (const _ of entries()) if (!document.activeElement!.textContent!.includes(label)) await press('ArrowDown');
    expect(document.activeElement!.textContent).toContain(label);
    const checked = document.activeElement!.getAttribute('aria-checked');
    (document.activeElement as HTMLElement).click();
    await nextTick();
    return checked;
  };
  return { filter, take, stop };
}

test('VIP customers and a priority are filters, chosen and taken back by keys', async () => {
  const { filter, take, stop } = begin();
  expect(await take('重要客户')).toBe('false');
  expect(await take('优先级 4 起')).toBe('false');
  expect(filter.value).toEqual({ ...everything, sort: 'waiting', mark: 'vip', priority: '4' });
  expect(namesOf(filter.value)).toEqual(['重要客户', '优先级 4 起']);
  expect(await take('优先级 1 起')).toBe('false');
  expect(filter.value.priority).toBe('1');
  expect(await take('优先级 1 起')).toBe('true');
  expect(await take('重要客户')).toBe('true');
  expect(filter.value).toEqual({ ...everything, sort: 'waiting' });
  stop();
});

test('a filter is named in English too', () => {
  setLocale('en');
  expect(namesOf({ ...everything, channel: 'website', mark: 'vip', priority: '7' })).toEqual(['Website', 'VIP customer', 'Priority 7 or more']);
});
