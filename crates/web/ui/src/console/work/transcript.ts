// The conversation as one file to keep or to hand on: what was said both ways, without notes and
// what else is between colleagues. Loaded when it is asked for.
import { type Said, keep, transcript } from '@kit/transcript.ts';
import { CUSTOMER, SERVICER, type Conversation, type Message } from '../net/protocol';
import { previewOf } from '../state/preview';
import type { Thread } from '../state/thread';
import { locale, t } from '../words';

/** Messages at most, the newest; the page says so if there are more. */
const MOST = 2_000;

/** Fetches what is not here yet and saves it all; throws what kept it from being fetched. */
export async function save(c: Conversation, thread: Thread, me: string): Promise<void> {
  await thread.open();
  while (!thread.problem.value && thread.hasMore.value && thread.messages.value.length < MOST) await thread.older();
  if (thread.problem.value) throw thread.problem.value;
  const all = thread.messages.value.slice(-MOST);
  const cut = (all[0]?.seq ?? 1) > 1;
  const name = t('thread.save.name', { name: c.customer.name });
  keep(transcript(saidIn(all, c.customer.name, me), name, locale.value, cut ? t('thread.save.cut', { n: all.length }) : ''), name);
}

/** Who said what; a name that only the agent's own desk leaves out is `me`. */
export function saidIn(messages: Message[], customer: string, me: string): Said[] {
  return messages.flatMap((m) => {
    const text = m.msgtype === 'text' && !m.recalled ? [m.text?.quote?.preview && `「${m.text.quote.preview}」`, m.text?.content].filter(Boolean).join('\n') : previewOf(m);
    const who = m.origin === CUSTOMER ? customer : m.origin === SERVICER ? m.name || me : '';
    return text ? [{ at: m.sent_at, who, text }] : [];
  });
}
