import { expect, test } from 'vitest';
import type { Conversation, Session } from '../net/protocol';
import { barOf, isElsewhere } from './standing';

const c = (session: Partial<Session> | null, more: Partial<Conversation> = {}) =>
  ({ conversation_id: 'c', session: session && { session_id: 's', no: 1, service_state: 3, fence: 1, priority: 0, opened_at: 0, ...session }, can_send: { ok: true }, ...more }) as Conversation;

test('nothing stands in the way of my own customer', () => {
  expect(barOf(c({ servicer_userid: 'me' }), 'me', false)).toBeNull();
});

test('who waits or is offered can be taken, who is a colleague’s only by a supervisor', () => {
  expect(barOf(c({ service_state: 2 }), 'me', false)).toMatchObject({ accept: true });
  expect(barOf(c({ servicer_userid: 'you', servicer_name: '沈嘉' }), 'me', false)).toEqual({ text: '沈嘉 正在接待这位客户。', takeOver: false });
  expect(barOf(c({ servicer_userid: 'you' }), 'me', true)).toMatchObject({ takeOver: true });
});

test('who is served in the platform’s client is only read, whoever looks and whoever serves', () => {
  const there = c({ service_state: 3, servicer_userid: 'me', servicer_name: '林知夏', elsewhere: { userid: 'linzhixia' } });
  expect(isElsewhere(there)).toBe(true);
  expect(barOf(there, 'me', true)).toEqual({ text: '林知夏 正在企业微信里接待，在那边回复。' });
  expect(barOf(c({ service_state: 2, elsewhere: { userid: '' } }), 'me', true)?.accept).toBeUndefined();
  expect(isElsewhere(c({ servicer_userid: 'me' }))).toBe(false);
});

test('who no longer follows is not said to be late', () => {
  const left = barOf(c({ servicer_userid: 'me' }, { can_send: { ok: false, code: 'customer_left', reason: '' } }), 'me', false);
  expect(left?.text).toContain('取消关注');
  expect(left?.text).not.toContain('48');
});

test('a closed window and an ended session say so', () => {
  expect(barOf(c({ servicer_userid: 'me' }, { can_send: { ok: false, code: 'window_closed', reason: '' } }), 'me', false)?.text).toContain('回复时效已过');
  expect(barOf(c({ service_state: 4 }), 'me', false)?.text).toBe('这段接待已结束。客户再来时会重新排队。');
  expect(barOf(c(null), 'me', false)?.text).toBe('这段接待已结束。客户再来时会重新排队。');
});
