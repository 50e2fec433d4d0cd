// What a platform's cards say, in words: prices in cents, forwarded messages as JSON in a string.
import type { Message } from '../net/protocol';
import { previewLine, wordsOf } from '../state/preview';

/** `¥12.80` of cents, which may come as text; what is no number stays as it came. */
export function priceOf(cents: string | number | undefined): string {
  if (cents === undefined || cents === '') return '';
  const n = Number(cents);
  return Number.isFinite(n) ? `¥${(n / 100).toFixed(2)}` : String(cents);
}

interface Item {
  send_time?: number;
  msgtype?: string;
  sender_name?: string;
  msg_content?: string;
}

/** One line of a forwarded history: its content is a message of its own, as JSON. */
export function mergedWords(item: Item): string {
  const text = item.msg_content ?? '';
  try {
    const inner = JSON.parse(text) as Message;
    if (inner && typeof inner === 'object') {
      const msgtype = inner.msgtype ?? item.msgtype ?? '';
      return previewLine(msgtype, wordsOf({ ...inner, msgtype }));
    }
  } catch {
    // Not JSON: words as they are.
  }
  return text || previewLine(item.msgtype ?? '', '');
}
