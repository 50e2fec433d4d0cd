// The conversation as a page of its own, to keep: made here, from what the visitor may see anyway.
// Loaded when it is asked for.
import type { Message, VisitorClient } from '../sdk/index.ts';
import { size } from '@kit/size.ts';
import { type Said, keep, transcript } from '@kit/transcript.ts';
import type { CardWords } from './words.cards.ts';
import type { Words } from './words.ts';

/** Messages at most, the newest; the page says so if there are more. */
const most = 2_000;
const atOnce = 100;

/** Fetches what is not here yet and saves it all as one file; throws a `Refusal` if it cannot be had. */
export async function save(client: VisitorClient, words: Words, said: CardWords): Promise<void> {
  const acts = await client.acts();
  let all = client.state.messages;
  while (all.length < most && (all[0]?.seq ?? 1) > 1) {
    const earlier = await acts.history(all[0]!.seq, atOnce);
    if (!earlier.length) break;
    all = [...earlier, ...all];
  }
  const { kf } = client.state;
  const name = said.transcriptOf(kf?.name ?? words.chat);
  keep(page(all.slice(-most), name, (all.at(-most)?.seq ?? 1) > 1, words, said), name);
}

export function page(messages: Message[], title: string, cut: boolean, words: Words, said: CardWords): string {
  const lines = messages.flatMap((message): Said[] => {
    const text = saidIn(message, words, said);
    const who = message.origin === 3 ? said.customer : message.origin === 4 ? '' : (message.name ?? title);
    return text ? [{ at: message.sent_at, who, text }] : [];
  });
  return transcript(lines, title, words.lang, cut ? said.transcriptCut(messages.length) : '');
}

/** A message in words; empty for what says nothing. */
function saidIn(message: Message, words: Words, said: CardWords): string {
  if (message.recalled) return words.recalled(message.origin === 3 ? '' : (message.name ?? ''));
  const { text, msgmenu, survey, handoff, link, location, image, file, video, voice } = message;
  if (message.msgtype === 'event') return happened(message, words);
  if (text) return [text.quote?.preview && `「${text.quote.preview}」`, text.content].filter(Boolean).join('\n');
  if (msgmenu) return [msgmenu.head_content, ...msgmenu.list.map((item) => `· ${item.click?.content ?? item.view?.content ?? item.miniprogram?.content ?? item.text?.content ?? ''}`), msgmenu.tail_content].filter(Boolean).join('\n');
  if (survey) return [survey.question, survey.options.find(({ score }) => score === survey.score)?.label, survey.comment].filter(Boolean).join('\n');
  if (handoff) return [handoff.name, handoff.title, handoff.company, handoff.line].filter(Boolean).join(' · ');
  if (link) return `${link.title}\n${link.url}`;
  if (location) return [said.location, location.name, location.address].filter(Boolean).join(' · ');
  const media = image ?? video ?? voice ?? file;
  if (media) return [image ? words.picture : video ? said.video : voice ? said.voice : '', media.name, media.size ? size(media.size) : ''].filter(Boolean).join(' · ');
  return said.unsupported;
}

function happened({ event }: Message, words: Words): string {
  if (event?.event_type === 'agent_joined') return words.joined(event.name ?? '');
  return event?.event_type === 'session_ended' ? words.ended(event.name ?? '') : '';
}
