import { expect, test } from 'vitest';
import { mount } from '../../parts/mount.test-help';
import Brought from './Brought.vue';

test('the campaign and the page that led here are told, and nothing where nothing is known', () => {
  const steps = [{ title: '/cups', at: 2, campaign: 'spring' }, { title: '/tea', at: 1, campaign: 'spring', referrer: 'https://search.example/?q=tea' }];
  const { host, stop } = mount(Brought, { steps });
  expect(host.querySelector('p')!.textContent).toContain('spring');
  const link = host.querySelector('a')!;
  expect([link.getAttribute('href'), link.rel, link.textContent]).toEqual(['https://search.example/?q=tea', 'noopener noreferrer', 'search.example/?q=tea']);
  stop();
  const none = mount(Brought, { steps: [{ title: '/tea', at: 1 }, { title: '/', at: 0, referrer: 'javascript:alert(1)' }] });
  expect(none.host.querySelector('a')).toBeNull();
  none.stop();
});
