// How an entry is drawn and named: our own icons, never other companies' logos.
import type { IconName } from '@kit/icons';
import type { Entry } from '../net/protocol';
import { tCode } from '../words';

const bySource: Record<string, IconName> = {
  live: 'live',
  channels_product: 'bag',
  channels_order: 'bag',
  channels_shop: 'shop',
  product: 'bag',
  order: 'bag',
  pay: 'pay',
  payment: 'pay',
  menu: 'acct',
  scene: 'link',
  link: 'link',
  qr: 'scan',
  page: 'site',
};
const byChannel: Record<string, IconName> = {
  wecom_kf: 'link',
  official_account: 'acct',
  mini_program: 'mini',
  channels_shop: 'shop',
  website: 'site',
  app: 'phone',
};

export const entryIcon = (entry: Entry): IconName =>
  bySource[entry.source?.kind ?? ''] ?? (entry.source?.kind.startsWith('channels') ? 'live' : undefined) ?? byChannel[entry.channel] ?? 'chat';
export const channelIcon = (channel: string): IconName => byChannel[channel] ?? 'chat';

/** The place a customer came from, in our language where we know it; whose it is stays as it is called. */
export function sourceTitle(entry: Entry): string {
  const title = entry.source?.title ?? '';
  // A shop of its own has the same places as the shop of a video channel, under its own name.
  const place = tCode('source', `${entry.channel}.${entry.source?.kind}`, '') || tCode('source', entry.source?.kind, '');
  if (!place) return title;
  const at = title.indexOf(' · ');
  return at < 0 ? place : `${place}${title.slice(at)}`;
}

/** `官网 · 礼盒`: the channel, then where in it, each once. */
export function entryWords(entry: Entry): string {
  const channel = tCode('channel', entry.channel, entry.name);
  const title = sourceTitle(entry) || entry.name;
  // WeChat kf carries many doors, and its sources name theirs in full.
  if (entry.channel === 'wecom_kf' && entry.source?.title) return title;
  return title && title !== channel && !title.startsWith(channel) ? `${channel} · ${title}` : title || channel;
}
