// Inner lines of a thread in words. The gateway names what happened and gives names and reasons.
import type { Line } from '../net/protocol';
import { spoken, t, tCode, words, type Word } from '../words';

export function lineWords(line: Line): string {
  const key = `line.${line.event}`;
  if (!line.event || !(key in words)) return spoken(line.text);
  const [what = '', note = ''] = line.text.split('\u001f');
  const said = t(key as Word, { by: line.name || t('msg.system'), what: tCode('end', what, what) });
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
