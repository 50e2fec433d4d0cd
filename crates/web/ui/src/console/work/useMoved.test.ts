import { nextTick, ref, shallowRef } from 'vue';
import { expect, test } from 'vitest';
import type { Message } from '../net/protocol';
import type { Thread } from '../state/thread';
import { useMoved } from './useMoved';

const said = (seq: number, origin: 3 | 5 = 3) => ({ seq, origin }) as Message;

test('a reply is behind by what the customer said since it was begun, until its writer has looked', async () => {
  const messages = shallowRef([said(1), said(2, 5)]);
  const writing = ref(false);
  const seen = ref(0);
  const since = useMoved({ messages } as unknown as Thread, writing, () => seen.value, 0);
  expect(since.moved.value).toBe(0);
  since.begin();
  writing.value = true;
  messages.value = [...messages.value, said(3), said(4, 5), said(5)];
  expect(since.moved.value).toBe(2);
  since.held.value = true;
  seen.value = 3;
  await nextTick();
  expect([since.moved.value, since.held.value]).toEqual([1, true]);
  seen.value = 5;
  await nextTick();
  expect([since.moved.value, since.held.value]).toEqual([0, false]);
});
