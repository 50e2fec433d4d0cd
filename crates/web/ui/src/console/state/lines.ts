// Inner lines of a thread in words. The gateway names what happened and gives names and reasons.
import { fullWhen } from '../format';
import type { Line } from '../net/protocol';
import { spoken, t, tCode, words, type Word } from '../words';
import { teams } from './colleagues';

/** Lines whose text is words already, in both languages. */
const WORDED = new Set(['pass_failed']);

/** What an event's line is about: a time, a team, a reason, or a name as it is. */
function inWords({ event, sent_at }: Line, what: string): string {
  if (event === 'came_late') return fullWhen(Number(what), sent_at);
  if (event === 'overflowed') return teams.value.find((team) => team.id === what)?.name ?? t('line.other_team');
  const reason = tCode('end', what, what);
  return event === 'requeued' ? tCode('back', what, reason) : reason;
}

/** The word of a line; one without a name may have words of its own. */
function wordFor(line: Line, what: string): Word | undefined {
  const key = `line.${line.event}`;
  const bare = `${key}.nobody`;
  if (!what && bare in words) return bare as Word;
  return key in words ? (key as Word) : undefined;
}

export function lineWords(line: Line): string {
  const [what = '', note = ''] = WORDED.has(line.event ?? '') ? [spoken(line.text)] : line.text.split('\u001f');
  const key = wordFor(line, what);
  if (!line.event || !key) return spoken(line.text);
  const said = t(key, { by: line.name || t('msg.system'), what: inWords(line, what) });
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
