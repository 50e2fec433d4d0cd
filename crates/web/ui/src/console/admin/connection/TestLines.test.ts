import { afterEach, expect, test, vi } from 'vitest';
import { mount } from '../../parts/mount.test-help';
import TestLines from './TestLines.vue';

afterEach(() => vi.unstubAllGlobals());

test('what comes by itself is waited for, and only what is wrong is red', async () => {
  const checks = [
    { key: 'keys', ok: true, text_zh: '格式正确', text_en: 'well formed' },
    { key: 'secret', ok: false, text_zh: 'Secret 不对', text_en: 'wrong secret' },
    { key: 'callback_seen', ok: false, text_zh: '平台还没有来过', text_en: 'not called yet' },
  ];
  vi.stubGlobal('fetch', async () => Response.json({ checks }));
  const { host, stop } = mount(TestLines, { id: 'c1' });
  host.querySelector('button')!.click();
  await vi.waitFor(() => expect(host.querySelectorAll('.checks li')).toHaveLength(3));
  expect([...host.querySelectorAll('.checks li')].map((line) => line.className)).toEqual(['ok-ink', 'late-ink', 'soon-ink']);
  stop();
});
