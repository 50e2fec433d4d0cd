// Where a customer can come from: what each source is called for, whom it leads to, and how the
// platform tells the brand about it.
import type { IconName } from '@kit/icons.ts';
import type { AppKind } from './api.ts';

export interface Source {
  icon: IconName;
  /** The kind of app that it leads to; a customer-service account when absent. */
  app?: AppKind;
  /** Led to from another source's page, not from the list. */
  inner?: boolean;
  /** What the platform tells a customer-service account; `nick` names the channel and its shop. */
  way?: (nick: string) => Record<string, unknown>;
}

const channel = (scene: number) => (nick: string) => ({ wechat_channels: scene > 3 ? { shop_nickname: nick, scene } : { nickname: nick, scene } });

export const sources: Record<string, Source> = {
  live: { icon: 'live', way: channel(2) },
  home: { icon: 'star', way: channel(1) },
  window: { icon: 'box', way: channel(3) },
  shop: { icon: 'shop', way: channel(4) },
  order: { icon: 'bag', way: channel(5) },
  official: { icon: 'acct', app: 'official_account' },
  mini: { icon: 'mini', app: 'mini_program' },
  store: { icon: 'shop', app: 'shop' },
  pay: { icon: 'pay', way: () => ({ scene: 'pay_receipt' }) },
  link: { icon: 'link', way: () => ({ scene: 'waybill' }) },
  search: { icon: 'search', way: () => ({ scene: 'search' }) },
  app: { icon: 'phone', way: () => ({ scene: 'app_order' }) },
  miniKf: { icon: 'mini', inner: true, way: () => ({ scene: 'mini_order' }) },
};

/** SessionFrom of the mini-program's order page. */
export const sessionFrom = 'order:8812';

/** Scenes of the official account's printed codes. */
export const scenes = ['store-17', 'live-0715'];
