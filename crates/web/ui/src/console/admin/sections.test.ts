import { afterEach, expect, test } from 'vitest';
import { channels, type ChannelInfo } from '../state/channels';
import { visible } from './fields';
import { tips } from '../words/tips';
import { fieldsOf, groups, pages, sectionOf, sections } from './sections';

const channel = (kind: string, own_client: boolean): ChannelInfo =>
  ({ kind, needs_connection: true, needs_account: true, capabilities: { outgoing: [], presence: false, recall: false, menu: false, text_bytes: null, own_client } }) as unknown as ChannelInfo;
afterEach(() => (channels.value = []));

test('where customers are served is asked only where the platform has a client of its own', () => {
  channels.value = [channel('with', true), channel('without', false)];
  const asked = (kind: string) => visible(fieldsOf(sectionOf('entry-points')!), { channel: kind }).map((f) => f.key);
  expect(asked('with')).toContain('wecom_kf.served_in');
  expect(asked('without')).not.toContain('wecom_kf.served_in');
  expect(asked('without')).toContain('wecom_kf.upstream_open_kfid');
});

test('every page of settings stands in one group of the menu and says what it does, in both languages', () => {
  const keys = [...sections, ...pages].map((s) => s.key).sort();
  expect(groups.flatMap((g) => g.keys).sort()).toEqual(keys);
  expect(Object.keys(tips).sort()).toEqual(keys);
  for (const { says, example } of Object.values(tips)) for (const [zh, en] of [...says, ...(example ? [example] : [])]) {
    expect(zh).toMatch(/[一-鿿]/);
    expect(en).toMatch(/^[^一-鿿]/);
  }
});
