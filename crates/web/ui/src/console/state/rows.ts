// What the thread shows, row by row: days, bubbles in groups, notes, inner lines, the unread mark,
// and at the end what is still on its way. A pure function of what is known.
import { CUSTOMER, SERVICER, type Line, type Message } from '../net/protocol';
import type { Draft } from '../net/outbox';
import { dayOf } from '../format';

export type Row =
  | { kind: 'day'; key: string; at: number }
  | { kind: 'unread'; key: string; count: number }
  | { kind: 'message'; key: string; message: Message; ours: boolean; first: boolean; last: boolean }
  | { kind: 'line'; key: string; line: Line }
  | { kind: 'pending'; key: string; entry: Draft; first: boolean };

/** Bubbles of one speaker within this time stand together. */
const TOGETHER_MS = 3 * 60_000;
/** Our clock follows the server's this closely. */
const SKEW_MS = 1_000;

export function buildRows(messages: Message[], lines: Line[], pending: readonly Draft[], unread?: { after_seq: number; count: number }, me = ''): Row[] {
  const rows: Row[] = [];
  let day = -1;
  let before: Message | null = null;
  let at = 0;
  const newDay = (time: number) => {
    if (dayOf(time) === day) return;
    day = dayOf(time);
    rows.push({ kind: 'day', key: `day-${day}`, at: time });
    before = null;
  };
  const inner = (upto: number) => {
    for (; at < lines.length && lines[at]!.after_seq <= upto; at++) {
      const line = lines[at]!;
      newDay(line.sent_at);
      rows.push({ kind: 'line', key: `line-${line.no}`, line });
      before = null;
    }
  };
  // Lines that hang before the first message loaded belong to history not yet shown.
  const first = messages[0]?.seq ?? 0;
  if (first > 1) at = lines.findIndex((l) => l.after_seq >= first - 1);
  if (at < 0) at = lines.length;

  for (const message of messages) {
    inner(message.seq - 1);
    newDay(message.sent_at);
    if (unread && unread.count > 0 && message.seq > unread.after_seq && !rows.some((r) => r.kind === 'unread')) {
      rows.push({ kind: 'unread', key: 'unread', count: unread.count });
      before = null;
    }
    const together = before !== null && isTogether(before, message);
    const previous = rows.at(-1);
    if (together && previous?.kind === 'message') previous.last = false;
    rows.push({
      kind: 'message',
      // The id of the sender is kept from writing to reading, so that the row stays the same one.
      key: clientId(message) ?? message.msgid,
      message,
      ours: message.origin !== CUSTOMER,
      first: !together,
      last: true,
    });
    before = message.msgtype === 'event' ? null : message;
  }
  inner(Number.POSITIVE_INFINITY);
  const filed = new Set([...messages.flatMap((m) => clientId(m) ?? []), ...echoed(lines, pending, me)]);
  let firstPending = true;
  for (const entry of pending) {
    if (filed.has(entry.id)) continue;
    newDay(entry.written_at);
    rows.push({ kind: 'pending', key: entry.id, entry, first: firstPending });
    firstPending = false;
  }
  return rows;
}

/**
 * Notes on their way whose line is there already: a line comes to all of its author's tabs, mostly
 * before the ack, and names no sender's id. Each line stands for one note of the same words, written before it.
 */
function echoed(lines: readonly Line[], pending: readonly Draft[], me: string): string[] {
  const mine = lines.filter((l) => l.kind === 'note' && l.servicer_userid === me);
  return pending.flatMap((entry) => {
    if (entry.state !== 'sending' || entry.frame.op !== 'note') return [];
    const at = mine.findIndex((l) => l.text === entry.frame.text && l.sent_at >= entry.written_at - SKEW_MS);
    if (at < 0) return [];
    mine.splice(at, 1);
    return [entry.id];
  });
}

/** Ids of agents' own messages; the ones that the system made up may repeat. */
const clientId = (m: Message) => (m.origin === SERVICER && m.client_msg_id ? m.client_msg_id : undefined);

function isTogether(a: Message, b: Message): boolean {
  return (
    a.origin === b.origin &&
    a.servicer_userid === b.servicer_userid &&
    b.sent_at - a.sent_at < TOGETHER_MS &&
    b.msgtype !== 'event' &&
    !a.recalled &&
    !b.recalled &&
    // A failed message carries its own words and button.
    a.delivery !== 'failed' &&
    a.delivery !== 'unknown'
  );
}

/** The `seq` after which `count` customer messages are unread. */
export function unreadAfter(messages: Message[], count: number): number {
  let left = count;
  for (let at = messages.length - 1; at >= 0; at--) {
    if (messages[at]!.origin !== CUSTOMER) continue;
    left -= 1;
    if (left <= 0) return messages[at]!.seq - 1;
  }
  return (messages[0]?.seq ?? 1) - 1;
}
