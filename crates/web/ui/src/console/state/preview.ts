// One line of words for a message: list cards, notifications, quotes.
import type { Message } from '../net/protocol';
import { t, tCode } from '../words';

export function previewOf(m: Message): string {
  if (m.recalled) return t('msg.recalled');
  switch (m.msgtype) {
    case 'text':
      return m.text?.content ?? '';
    case 'file':
      return `[${t('msg.file')}] ${m.file?.name ?? ''}`.trim();
    case 'location':
      return `[${t('msg.location')}] ${m.location?.name ?? ''}`.trim();
    case 'link':
      return `[${t('msg.link')}] ${m.link?.title ?? ''}`.trim();
    case 'miniprogram':
      return `[${t('msg.miniprogram')}] ${m.miniprogram?.title ?? ''}`.trim();
    case 'msgmenu':
      return `[${t('msg.msgmenu')}] ${m.msgmenu?.head_content ?? ''}`.trim();
    case 'handoff':
      return `[${t(m.handoff?.kind === 'fan_group' ? 'msg.fan_group' : 'msg.specialist')}] ${m.handoff?.name ?? ''}`.trim();
    case 'survey':
      return `[${t('msg.survey')}]`;
    case 'event':
      return eventWords(m.event);
    case 'channels_shop_product':
      return `[${t('msg.channels_shop_product')}] ${m.channels_shop_product?.title ?? ''}`.trim();
    case 'channels_shop_order':
      return `[${t('msg.channels_shop_order')}] ${m.channels_shop_order?.product_titles ?? ''}`.trim();
    default:
      return `[${tCode('msg', m.msgtype, t('msg.unsupported'))}]`;
  }
}

export function eventWords(event: Message['event']): string {
  return tCode('event', event?.event_type, event?.event_type ?? '').replace('{name}', event?.name ?? '').trim();
}
