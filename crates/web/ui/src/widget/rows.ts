// The thread as it is drawn: messages grouped by speaker, times between them, notes of what
// happened, and at the end what is still on its way. Pure, so that it can be tested.
import type { ClientState, KfFace, Message, Pending } from '../sdk/index.ts';
import { when } from './format.ts';
import type { Words } from './words.ts';

export type Row =
  | { kind: 'time'; key: string; text: string }
  | { kind: 'note'; key: string; text: string; at?: number }
  | { kind: 'message'; key: string; message: Message; own: boolean; name: string; state: 'received' | 'read' | null; last: boolean }
  | { kind: 'pending'; key: string; entry: Pending; last: boolean };

/** A silence after which the time is said. */
const pauseMs = 5 * 60_000;

export function rows(state: ClientState, words: Words, now: number): Row[] {
  const list: Row[] = [];
  let before: { at: number; who: string } | null = null;
  const greeting = firstWords(state, now);
  const messages = greeting ? [...greeting, ...state.messages] : state.messages;
  let agent = '';
  for (const message of messages) {
    const key = message.msgid;
    agent = (message.origin === 5 && message.name) || (message.event?.event_type === 'agent_joined' && message.event.name) || agent;
    if (message.seq > 0 && (!before || message.sent_at - before.at > pauseMs || day(before.at) !== day(message.sent_at))) {
      list.push({ kind: 'time', key: `time-${key}`, text: when(message.sent_at, now, words) });
      before = null;
    }
    const note = noteOf(message, words, state, agent);
    const who = note === null ? `${message.origin}:${message.name ?? ''}` : 'note';
    if (note) list.push({ kind: 'note', key, text: note, at: message.sent_at });
    if (note !== null) {
      before = { at: message.sent_at, who };
      continue;
    }
    const own = message.origin === 3;
    const previous = list.at(-1);
    const joins = before?.who === who && previous?.kind === 'message';
    if (joins) previous.last = false;
    const name = own || joins || message.origin === 4 ? '' : (message.name ?? '');
    list.push({ kind: 'message', key, message, own, name, last: true, state: own ? (message.seq <= state.agentRead ? 'read' : 'received') : null });
    before = { at: message.sent_at, who };
  }
  for (const entry of state.pending) {
    if (entry.frame.op !== 'send') continue;
    const previous = list.at(-1);
    if (previous?.kind === 'pending' && previous.entry.state === 'waiting' && entry.state === 'waiting') previous.last = false;
    list.push({ kind: 'pending', key: entry.id, entry, last: true });
  }
  return list;
}

/** The greeting and menu of the kf account, before anything else was said; nothing if the server said it itself. */
function firstWords(state: ClientState, now: number): Message[] | null {
  const { kf, messages } = state;
  if (!kf || state.hasEarlier || (state.opened && !state.loaded)) return null;
  const first = messages.slice(0, 4);
  const at = first[0]?.sent_at ?? now;
  return greetingOf(kf, at, !state.prechat).filter((own) => !first.some((m) => (own.text ? m.text?.content === own.text.content : m.msgmenu)));
}

/** The menu waits until what is asked before the first message is answered: a tap on it is a message. */
function greetingOf(kf: KfFace, at: number, menu: boolean): Message[] {
  const base = { seq: 0, rev: 0, origin: 4 as const, sent_at: at };
  const said: Message[] = [];
  // A menu often begins with the words of the greeting.
  if (kf.greeting && !(menu && kf.greeting === kf.menu?.head_content)) said.push({ ...base, msgid: 'greeting', msgtype: 'text', text: { content: kf.greeting } });
  if (menu && kf.menu?.list?.length) said.push({ ...base, msgid: 'greeting-menu', msgtype: 'msgmenu', msgmenu: kf.menu });
  return said;
}

/** A line in words instead of a bubble: null for a bubble, empty for nothing at all. */
function noteOf(message: Message, words: Words, state: ClientState, agent: string): string | null {
  if (message.recalled) return words.recalled(message.origin === 3 ? '' : (message.name ?? state.kf?.name ?? ''));
  if (message.msgtype !== 'event') return null;
  const { event_type, name = '', reason = '' } = message.event ?? { event_type: '' };
  switch (event_type) {
    case 'agent_joined':
      return words.joined(name);
    case 'session_ended':
      if (reason === 'customer') return words.endedByYou;
      return reason === 'silence' ? words.endedSilent : words.ended(name || (reason === 'agent' ? agent : ''));
    case 'queued':
      return words.queued;
    case 'left_message':
      return words.leftMessage;
    default:
      return '';
  }
}

const day = (ms: number) => new Date(ms).setHours(0, 0, 0, 0);
