// The form of a connection, drawn from what its channel says it needs. No component.
import type { ChannelField } from '../../state/channels';
import type { Row } from '../fields';

/** `企业ID：我的企业 → 企业信息` is a label and where to find the value; without a colon, all of it is the label. */
export function labelled(text: string): { label: string; hint: string } {
  const at = text.search(/[：:]/);
  return at > 0 && at <= 24 ? { label: text.slice(0, at).trim(), hint: text.slice(at + 1).trim() } : { label: text, hint: '' };
}

/** Fields that a person brings from the platform. */
export const theirs = (fields: readonly ChannelField[]) => fields.filter((f) => !f.ours);
/** Fields that were made here and belong into the platform. */
export const ours = (fields: readonly ChannelField[]) => fields.filter((f) => f.ours);

/** What is missing before a connection can be made or kept; a secret that is kept need not come again. */
export function missing(fields: readonly ChannelField[], row: Row, kept: Row | null): string[] {
  const optional = new Set(['agentid', 'base_url', 'card_appid', 'card_page']);
  const empty = (f: ChannelField) => !f.switch && !optional.has(f.name) && !String(row[f.name] ?? '').trim();
  const known = (f: ChannelField) => f.secret && kept?.has_secret === true;
  return [...(String(row.name ?? '').trim() ? [] : ['name']), ...theirs(fields).filter((f) => empty(f) && !known(f)).map((f) => f.name)];
}

/** What to send: all of it for a new one, else what differs. An empty secret leaves the old one. */
export function changed(fields: readonly ChannelField[], row: Row, kept: Row | null): Row {
  const out: Row = {};
  for (const name of ['name', 'base_url', ...theirs(fields).map((f) => f.name)]) {
    const secret = fields.some((f) => f.name === name && f.secret);
    const value = row[name];
    if (secret ? !value : (kept?.[name] ?? '') === (value ?? '')) continue;
    out[name] = value ?? '';
  }
  return out;
}
