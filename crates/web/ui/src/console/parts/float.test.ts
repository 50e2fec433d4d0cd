import { mount } from './mount.test-help';
import { describe, expect, test, vi } from 'vitest';
import { nextTick } from 'vue';
import { placed, stepTo } from './float';
import Menu from './Menu.vue';

const view = { width: 400, height: 300 };
const anchor = (left: number, top: number) => ({ left, top, right: left + 30, bottom: top + 30 });

describe('a box beside a button', () => {
  test('stands below, or above where there is no room', () => {
    expect(placed(anchor(20, 20), 100, 120, view, { side: 'bottom', align: 'start' })).toEqual({ left: 20, top: 54 });
    expect(placed(anchor(20, 250), 100, 120, view, { side: 'bottom', align: 'start' })).toEqual({ left: 20, top: 126 });
    expect(placed(anchor(20, 20), 100, 120, view, { side: 'top', align: 'start' })).toEqual({ left: 20, top: 54 });
  });
  test('never leaves the window', () => {
    expect(placed(anchor(380, 20), 100, 120, view, { side: 'bottom', align: 'start' }).left).toBe(292);
    expect(placed(anchor(0, 20), 100, 120, view, { side: 'bottom', align: 'end' }).left).toBe(8);
    expect(placed(anchor(0, 290), 100, 120, view, { side: 'right', align: 'end' })).toEqual({ left: 38, top: 172 });
    expect(placed(anchor(0, 100), 100, 900, view, { side: 'bottom', align: 'start' }).top).toBe(8);
  });
});

test('arrows go round', () => {
  const list = ['a', 'b', 'c'];
  expect(stepTo(list, 2, 'ArrowDown')).toBe('a');
  expect(stepTo(list, 0, 'ArrowUp')).toBe('c');
  expect(stepTo(list, -1, 'ArrowUp')).toBe('c');
  expect(stepTo(list, 1, 'Home')).toBe('a');
  expect(stepTo(list, 1, 'End')).toBe('c');
  expect(stepTo(list, 1, 'x')).toBeNull();
  expect(stepTo([], 0, 'Home')).toBeNull();
});

describe('a menu', () => {
  const items = [
    { key: 'one', label: 'One' },
    { key: 'off', label: 'Off', disabled: true },
    { key: 'two', label: 'Two', on: true },
  ];
  async function opened(pick = vi.fn()) {
    const { host, stop } = mount(Menu, { items, label: 'Choices', onPick: pick });
    const button = host.querySelector('button')!;
    button.focus();
    button.click();
    await nextTick();
    await nextTick();
    const menu = document.querySelector<HTMLElement>('[role="menu"]')!;
    const press = (key: string) => document.activeElement!.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    return { button, menu, press, pick, stop };
  }

  test('opens with the focus inside, says so, and skips what is disabled', async () => {
    const { button, press, stop } = await opened();
    expect(button.getAttribute('aria-expanded')).toBe('true');
    expect(document.activeElement?.textContent).toContain('One');
    press('ArrowDown');
    expect(document.activeElement?.textContent).toContain('Two');
    press('ArrowDown');
    expect(document.activeElement?.textContent).toContain('One');
    press('t');
    expect(document.activeElement?.textContent).toContain('Two');
    stop();
  });
  test('Esc closes it and gives the focus back; a choice does both and is told', async () => {
    const first = await opened();
    first.press('Escape');
    await nextTick();
    expect(document.querySelector('[role="menu"]')).toBeNull();
    expect(document.activeElement).toBe(first.button);
    first.stop();
    const second = await opened();
    (document.activeElement as HTMLElement).click();
    await nextTick();
    expect(second.pick).toHaveBeenCalledWith('one');
    expect(document.querySelector('[role="menu"]')).toBeNull();
    second.stop();
  });
  test('a press elsewhere closes it', async () => {
    const { stop } = await opened();
    document.body.dispatchEvent(new Event('pointerdown', { bubbles: true }));
    await nextTick();
    expect(document.querySelector('[role="menu"]')).toBeNull();
    stop();
  });
});
