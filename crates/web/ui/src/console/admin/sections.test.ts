import { afterEach, expect, test } from 'vitest';
import { channels, type ChannelInfo } from '../state/channels';
import { visible } from './fields';
import { fieldsOf, sectionOf } from './sections';

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
