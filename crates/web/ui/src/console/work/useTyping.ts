// Tells the customer's side that somebody writes: once every few seconds while keys go down, and once at the end.
import { onUnmounted } from 'vue';
import type { Desk } from '../state/desk';

const AGAIN_MS = 3_500;

export function useTyping(desk: Desk, conversation_id: string, may: () => boolean) {
  let typed_at = 0;
  function typing(): void {
    if (!may() || Date.now() - typed_at < AGAIN_MS) return;
    typed_at = Date.now();
    desk.cast({ op: 'typing', conversation_id, on: true });
  }
  function still(): void {
    if (!typed_at) return;
    typed_at = 0;
    desk.cast({ op: 'typing', conversation_id, on: false });
  }
  onUnmounted(still);
  return { typing, still };
}
