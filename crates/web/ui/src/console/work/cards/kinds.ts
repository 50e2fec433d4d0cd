// Which cards an agent may write by hand, and what is begun of one. The form itself is loaded when it is opened.
import { carries } from '../../state/channels';

export const CARD_KINDS = ['channels_shop_product', 'channels_shop_order', 'link', 'miniprogram', 'msgmenu', 'location'] as const;
export type CardKind = (typeof CARD_KINDS)[number];

/** Everything typed so far, as it was typed. */
export interface CardDraft {
  kind: CardKind;
  fields: Partial<Record<CardField, string>>;
  items: { content: string; url: string }[];
}
export type CardField = 'title' | 'desc' | 'url' | 'pic_url' | 'thumb_media_id' | 'appid' | 'pagepath' | 'name' | 'address' | 'latitude' | 'longitude' | 'head' | 'tail' | 'product_id' | 'order_id' | 'known_as';

/** Those that the way to a customer carries. */
export const kindsOf = (channel: string): CardKind[] => CARD_KINDS.filter((kind) => carries(channel, kind));
