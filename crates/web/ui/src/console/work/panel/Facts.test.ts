import { expect, test } from 'vitest';
import { mount } from '../../parts/mount.test-help';
import Facts from './Facts.vue';

test('what the company signed comes first and is marked, what anybody said is not', () => {
  const { host, stop } = mount(Facts, { attributes: { 尺码: 'M', level: '金卡', 城市: '杭州' }, signed: ['level'] });
  const rows = [...host.querySelectorAll('dd')];
  expect([...host.querySelectorAll('dt')].map((dt) => dt.textContent)).toEqual(['level', '尺码', '城市']);
  expect(rows.map((dd) => dd.textContent)).toEqual(['金卡已核实', 'M', '杭州']);
  expect(rows[1]!.title).toContain('没有企业签名');
  stop();
});
