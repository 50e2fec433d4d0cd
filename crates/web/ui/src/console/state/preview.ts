// One line of words for a message: list cards, notifications.
import type { Conversation, Message } from '../net/protocol';
import { t, tCode } from '../words';

/** What a message itself says in words, a voice as the platform heard it; empty for pictures and the like. */
export function wordsOf(m: Message): string {
  switch (m.msgtype) {
    case 'text':
      return m.text?.content ?? '';
    case 'voice':
      return m.voice?.transcript ?? '';
    case 'file':
      return m.file?.name ?? '';
    case 'location':
      return m.location?.name ?? '';
    case 'link':
      return m.link?.title ?? '';
    case 'miniprogram':
      return m.miniprogram?.title ?? '';
    case 'msgmenu':
      return m.msgmenu?.head_content ?? '';
    case 'handoff':
      return m.handoff?.name ?? '';
    case 'event':
      return m.event?.event_type ?? '';
    case 'channels_shop_product':
      return m.channels_shop_product?.title ?? '';
    case 'channels_shop_order':
      return m.channels_shop_order?.product_titles ?? '';
    default:
      return '';
  }
}

/** What a message is called; goods and orders are those of the shop they came from. */
export const kindOf = (msgtype: string, channel = '', fallback = msgtype): string => tCode('msg', `${channel}.${msgtype}`, '') || tCode('msg', msgtype, fallback);

/** One line for a card: text as it is, anything else with its kind in brackets. */
export function previewLine(msgtype: string, words: string, channel = ''): string {
  if (msgtype === 'text') return words;
  if (msgtype === 'recalled') return t('msg.recalled');
  if (msgtype === 'event') return eventWords({ event_type: words });
  return `[${kindOf(msgtype, channel, t('msg.unsupported'))}] ${words}`.trim();
}

export function previewOf(m: Message): string {
  return m.recalled ? t('msg.recalled') : previewLine(m.msgtype, wordsOf(m), m.channel);
}

/** The newest of a conversation in one line. */
export function lastOf(c: Conversation): string {
  return c.last ? previewLine(c.last.msgtype, c.last.preview, c.entry.channel) : '';
}

export function eventWords(event: Message['event']): string {
  return tCode('event', event?.event_type, event?.event_type ?? '').replace('{name}', event?.name ?? '').trim();
}
