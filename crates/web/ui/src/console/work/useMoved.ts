// The thread moved since a reply was begun: it is held back once, softly, until its writer has looked.
import { computed, ref, watch, type Ref } from 'vue';
import { CUSTOMER } from '../net/protocol';
import type { Thread } from '../state/thread';

/** `begun_seq` is what the customer had said when the draft began; `seen` what was on the screen. */
export function useMoved(thread: Thread, writing: Ref<boolean>, seen: () => number, begun_seq: number) {
  const begun = ref(begun_seq);
  const held = ref(false);
  const newest = computed(() => thread.messages.value.findLast((m) => m.origin === CUSTOMER)?.seq ?? 0);
  /** How many messages of the customer came since. */
  const moved = computed(() => (writing.value ? thread.messages.value.filter((m) => m.origin === CUSTOMER && m.seq > begun.value).length : 0));
  watch(seen, (seq) => {
    begun.value = Math.max(begun.value, seq);
    if (seq >= newest.value) held.value = false;
  });
  return {
    begun,
    held,
    newest,
    moved,
    /** A draft begins now. */
    begin: () => (begun.value = newest.value),
    /** Its writer has seen everything. */
    look: () => {
      begun.value = newest.value;
      held.value = false;
    },
  };
}
