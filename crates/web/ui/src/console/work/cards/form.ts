// What a card asks for, what is wrong with it, and the content it makes. No component.
import type { MenuItem } from '../../net/protocol';
import type { Word } from '../../words';
import type { CardDraft, CardField, CardKind } from './kinds';

export interface Field {
  key: CardField;
  needed?: boolean;
  max: number;
  /** A file of ours. */
  picture?: boolean;
  hint?: Word;
}

/** As many as a menu of the platforms holds. */
export const MOST_ITEMS = 10;
export const ITEM_CHARS = 40;

/** What a shop calls its cards by. */
const idOf = { channels_shop_product: 'product_id', channels_shop_order: 'order_id' } as const;

/** Platforms that show the picture of a link by its address. */
const byAddress = new Set(['official_account', 'mini_program']);

export function fieldsOf(kind: CardKind, channel: string): Field[] {
  switch (kind) {
    case 'channels_shop_product':
    case 'channels_shop_order':
      return [
        { key: idOf[kind], needed: true, max: 20, hint: `card.field.${idOf[kind]}.hint` },
        { key: 'known_as', max: 60, hint: 'card.field.known_as.hint' },
      ];
    case 'link':
      return [
        { key: 'title', needed: true, max: 60 },
        { key: 'url', needed: true, max: 2048 },
        { key: 'desc', max: 200 },
        byAddress.has(channel) ? { key: 'pic_url', max: 2048, hint: 'card.field.pic_url.hint' } : { key: 'thumb_media_id', max: 64, picture: true },
      ];
    case 'miniprogram':
      return [
        { key: 'title', needed: true, max: 60 },
        { key: 'appid', needed: true, max: 32 },
        { key: 'pagepath', needed: true, max: 1024 },
        { key: 'thumb_media_id', max: 64, picture: true },
      ];
    case 'msgmenu':
      return [
        { key: 'head', needed: true, max: 300 },
        { key: 'tail', max: 300 },
      ];
    case 'location':
      return [
        { key: 'name', needed: true, max: 100 },
        { key: 'address', max: 200 },
        { key: 'latitude', needed: true, max: 40, hint: 'card.field.place.hint' },
        { key: 'longitude', needed: true, max: 20 },
      ];
  }
}

export const emptyCard = (kind: CardKind): CardDraft => ({ kind, fields: {}, items: [{ content: '', url: '' }, { content: '', url: '' }] });

/** Whether anything stands in it that would be missed. */
export const isBegun = (d: CardDraft): boolean => Object.values(d.fields).some((v) => v?.trim()) || d.items.some((i) => i.content.trim() || i.url.trim());

const said = (d: CardDraft, key: CardField) => d.fields[key]?.trim() ?? '';
const isWeb = (url: string) => /^https?:\/\/[^\s/]/.test(url);
/** Digits that 64 bits hold, which is more than a number does here. */
const isId = (text: string) => /^\d+$/.test(text) && BigInt(text) > 0n && BigInt(text) < 1n << 64n;
const within = (text: string, most: number) => text !== '' && Math.abs(Number(text)) <= most;
const isCoordinate = { latitude: (v: string) => within(v, 90), longitude: (v: string) => within(v, 180) };

/** What is wrong, by field; `item-2` is the third item of a menu. */
export function faultsOf(d: CardDraft, channel: string): Partial<Record<CardField | `item-${number}`, Word>> {
  const faults: ReturnType<typeof faultsOf> = {};
  for (const { key, needed } of fieldsOf(d.kind, channel)) {
    const value = said(d, key);
    if (!value) {
      if (needed) faults[key] = 'card.fault.needed';
    } else if ((key === 'product_id' || key === 'order_id') && !isId(value)) faults[key] = 'card.fault.id';
    else if ((key === 'url' || key === 'pic_url') && !isWeb(value)) faults[key] = 'card.fault.url';
    else if ((key === 'latitude' || key === 'longitude') && !isCoordinate[key](value)) faults[key] = `card.fault.${key}`;
  }
  if (d.kind === 'msgmenu') {
    d.items.forEach(({ content, url }, at) => {
      if (url.trim() && !isWeb(url.trim())) faults[`item-${at}`] = 'card.fault.url';
      else if (url.trim() && !content.trim()) faults[`item-${at}`] = 'card.fault.needed';
    });
    if (!d.items.some((i) => i.content.trim())) faults['item-0'] ??= 'card.fault.needed';
  }
  return faults;
}

/** The content of a card without faults. */
export function contentOf(d: CardDraft, channel: string): Record<string, unknown> & { msgtype: CardKind } {
  const own = new Set(fieldsOf(d.kind, channel).map((f) => f.key));
  const optional = (...keys: CardField[]) => Object.fromEntries(keys.filter((k) => own.has(k) && said(d, k)).map((k) => [k, said(d, k)]));
  const named = (key: string) => (said(d, 'known_as') ? { [key]: said(d, 'known_as') } : {});
  switch (d.kind) {
    case 'channels_shop_product':
      return { msgtype: d.kind, channels_shop_product: { product_id: said(d, 'product_id'), ...named('title') } };
    case 'channels_shop_order':
      return { msgtype: d.kind, channels_shop_order: { order_id: said(d, 'order_id'), ...named('product_titles') } };
    case 'link':
      return { msgtype: 'link', link: { title: said(d, 'title'), desc: said(d, 'desc'), url: said(d, 'url'), ...optional('thumb_media_id', 'pic_url') } };
    case 'miniprogram':
      return { msgtype: 'miniprogram', miniprogram: { title: said(d, 'title'), appid: said(d, 'appid'), pagepath: said(d, 'pagepath'), ...optional('thumb_media_id') } };
    case 'location':
      return { msgtype: 'location', location: { name: said(d, 'name'), address: said(d, 'address'), latitude: Number(said(d, 'latitude')), longitude: Number(said(d, 'longitude')) } };
    case 'msgmenu':
      return { msgtype: 'msgmenu', msgmenu: { head_content: said(d, 'head'), list: d.items.flatMap(itemOf), tail_content: said(d, 'tail') } };
  }
}

/** An item without words is none; one with an address opens it, any other is said by whoever taps it. */
function itemOf({ content, url }: CardDraft['items'][number], at: number): MenuItem[] {
  const words = content.trim();
  if (!words) return [];
  return url.trim() ? [{ type: 'view', view: { url: url.trim(), content: words } }] : [{ type: 'click', click: { id: `card-${at + 1}`, content: words } }];
}

/** `30.19, 120.09`, as maps copy it. */
export function pairOf(text: string): { latitude: string; longitude: string } | null {
  const found = /^\s*(-?\d+(?:\.\d+)?)\s*[,，\s]\s*(-?\d+(?:\.\d+)?)\s*$/.exec(text);
  return found ? { latitude: found[1]!, longitude: found[2]! } : null;
}
