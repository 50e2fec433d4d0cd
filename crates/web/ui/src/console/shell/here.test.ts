import { expect, test } from 'vitest';
import type { Conversation, Session } from '../net/protocol';
import { words } from '../words';
import { actionsFor, labelOf } from './here';

const c = (session: Partial<Session> | null) => ({ conversation_id: 'c', session: session && { session_id: 's', service_state: 3, ...session } }) as Conversation;

test('only what may be done with the open conversation is offered', () => {
  expect(actionsFor(undefined, 'me', true)).toEqual([]);
  expect(actionsFor(c({ servicer_userid: 'me' }), 'me', false)).toEqual(['transfer', 'handoff', 'note', 'snooze', 'close', 'close_next']);
  expect(actionsFor(c({ service_state: 2 }), 'me', false)).toEqual(['accept', 'note']);
  expect(actionsFor(c({ servicer_userid: 'you' }), 'me', false)).toEqual(['note']);
  expect(actionsFor(c({ servicer_userid: 'you' }), 'me', true)).toEqual(['transfer', 'note', 'close']);
  expect(actionsFor(c({ servicer_userid: 'me', elsewhere: { userid: 'x' } }), 'me', false)).toEqual(['note']);
  expect(actionsFor(c({ servicer_userid: 'you', elsewhere: { userid: 'x' } }), 'me', true)).toEqual(['transfer', 'note', 'close']);
  expect(actionsFor(c(null), 'me', true)).toEqual(['note']);
});

test('each of them has a name', () => {
  for (const action of actionsFor(c({ servicer_userid: 'me' }), 'me', false)) expect(words).toHaveProperty([labelOf(action)]);
});
