import { expect, it } from 'vitest';
import type { ClientState, Message } from '../sdk/index.ts';
import { rows } from './rows.ts';
import { zh } from './words.ts';

const noon = new Date(2026, 3, 2, 12, 0).getTime();
const message = (seq: number, origin: 3 | 4 | 5, more: Partial<Message> = {}): Message => ({
  msgid: `c-${seq}`, seq, rev: 0, origin, sent_at: noon + seq * 1000, msgtype: 'text', text: { content: `m${seq}` }, ...(origin === 5 ? { name: '林知夏' } : {}), ...more,
});
const state = (messages: Message[], more: Partial<ClientState> = {}): ClientState => ({
  kf: { open_kfid: 'k', name: '溪山' }, opened: true, loaded: true, hasEarlier: false, loadingEarlier: false, limits: { text_chars: 1, upload_bytes: 1, upload_types: [] }, prechat: null,
  session: { service_state: 3 }, link: { status: 'idle' }, messages, pending: [], agentRead: 0, read: 0, unread: 0, typing: null, ...more,
});
const shape = (messages: Message[], more: Partial<ClientState> = {}) =>
  rows(state(messages, more), zh, noon).map((row) => (row.kind === 'message' ? `${row.message.msgid}${row.name ? `(${row.name})` : ''}${row.last ? '.' : ''}` : row.kind === 'pending' ? row.key : row.text));

it('groups by speaker, names an agent once, and says the time after a silence', () => {
  expect(shape([message(1, 5), message(2, 5), message(3, 3), message(4, 3), message(700, 3)])).toEqual(['12:00', 'c-1(林知夏)', 'c-2.', 'c-3', 'c-4.', '12:11', 'c-700.']);
});

it('greets, and offers to tap only when nothing is to be asked before', () => {
  const kf = { open_kfid: 'k', name: '溪山', greeting: '您好', menu: { head_content: '您好', list: [{ type: 'click', click: { id: 'm', content: '订单' } }] } };
  expect(shape([], { kf })).toEqual(['greeting-menu.']);
  expect(shape([], { kf, prechat: { fields: [] } })).toEqual(['greeting.']);
});

it('says what happened in words, and nothing of events that it does not know', () => {
  const event = (seq: number, event_type: string, more = {}) => message(seq, 4, { msgtype: 'event', event: { event_type, ...more } });
  expect(shape([event(1, 'agent_joined', { name: '沈嘉' }), event(2, 'session_ended', { name: '沈嘉' }), event(2, 'session_ended', { reason: 'agent' }), event(2, 'session_ended', { reason: 'silence' }), event(3, 'moon_rose'), message(4, 5, { recalled: true })]))
    .toEqual(['12:00', '沈嘉来为您服务', '沈嘉结束了这次接待', '沈嘉结束了这次接待', zh.endedSilent, '林知夏撤回了一条消息']);
});

it('greets once, whether or not the server said it too', () => {
  const kf = { open_kfid: 'k', name: '溪山', greeting: '您好' };
  expect(shape([], { kf })).toEqual(['greeting.']);
  expect(shape([message(1, 4, { text: { content: '您好' } })], { kf })).toEqual(['12:00', 'c-1.']);
  expect(shape([message(40, 3)], { kf, hasEarlier: true })).toEqual(['12:00', 'c-40.']);
});

it('marks what the agent has read', () => {
  const list = rows(state([message(1, 3), message(2, 3)], { agentRead: 1 }), zh, noon);
  expect(list.flatMap((row) => (row.kind === 'message' ? [row.state] : []))).toEqual(['read', 'received']);
});
