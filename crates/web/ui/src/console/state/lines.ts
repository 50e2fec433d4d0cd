// Inner lines of a thread in words. The gateway names what happened and gives names and reasons.
import { fullWhen } from '../format';
import type { Line } from '../net/protocol';
import { spoken, t, tCode, words, type Word } from '../words';

/** What an event's line is about: a time, a reason, or a name as it is. */
function inWords({ event, sent_at }: Line, what: string): string {
  if (event === 'came_late') return fullWhen(Number(what), sent_at);
  const reason = tCode('end', what, what);
  return event === 'requeued' ? tCode('back', what, reason) : reason;
}

export function lineWords(line: Line): string {
  const key = `line.${line.event}`;
  if (!line.event || !(key in words)) return spoken(line.text);
  const [what = '', note = ''] = line.text.split('\u001f');
  const said = t(key as Word, { by: line.name || t('msg.system'), what: inWords(line, what) });
  return note ? `${said}：${note}` : said;
}

/** Why we take two identities for one person: a word, or an object that names it. */
export function evidenceWords(evidence: string | { by?: string } | null | undefined): string {
  let by: string | undefined;
  if (typeof evidence === 'string' && evidence.startsWith('{')) {
    try {
      by = (JSON.parse(evidence) as { by?: string }).by;
    } catch {
      by = evidence;
    }
  } else by = typeof evidence === 'string' ? evidence : evidence?.by;
  return tCode('evidence', by, by ?? '');
}
