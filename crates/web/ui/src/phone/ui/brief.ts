// One line of words for any message, as the list of chats shows it.
import type { Line } from '../api.ts';
import type { Words } from '../words.ts';

export const text = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '');

export function brief(line: Line | undefined, words: Words): string {
  if (!line) return '';
  if (line.recalled) return words.recalled(line.side === 'me' ? words.you : '');
  const content = line.content ?? {};
  switch (line.msgtype) {
    case 'text':
    case 'tip':
      return text(content.content);
    case 'msgmenu':
      return text(content.head_content) || (words.kinds.msgmenu ?? '');
    default: {
      const title = text(content.title) || text(content.name);
      return `${words.kinds[line.msgtype] ?? `[${line.msgtype}]`}${title ? ` ${title}` : ''}`;
    }
  }
}
