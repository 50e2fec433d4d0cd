// What a platform's cards say, in words: prices in cents, forwarded messages as messages of their own.
import type { Message } from '../net/protocol';
import { previewLine, wordsOf } from '../state/preview';

/** `¥1,280` or `¥12.80` of cents, which may come as text; what is no number stays as it came. */
export function priceOf(cents: string | number | undefined): string {
  if (cents === undefined || cents === '') return '';
  const n = Number(cents);
  return Number.isFinite(n) ? `¥${(n / 100).toLocaleString('en-US', { minimumFractionDigits: n % 100 ? 2 : 0, maximumFractionDigits: 2 })}` : String(cents);
}

type Item = NonNullable<NonNullable<Message['merged_msg']>['item']>[number];

/** One line of a forwarded history: its content is a message of its own, opened or still as JSON. */
export function mergedWords(item: Item): string {
  const inner = opened(item.msg_content);
  if (typeof inner === 'string') return inner || previewLine(item.msgtype ?? '', '');
  const msgtype = inner.msgtype ?? item.msgtype ?? '';
  return previewLine(msgtype, wordsOf({ ...inner, msgtype }));
}

function opened(content: Item['msg_content'] = ''): Message | string {
  if (typeof content !== 'string') return content as Message;
  try {
    const inner: unknown = JSON.parse(content);
    if (inner && typeof inner === 'object') return inner as Message;
  } catch {
    // Not JSON: words as they are.
  }
  return content;
}
