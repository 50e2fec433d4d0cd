// Who is offered to me, the one that expires next first, and what can be done about it, from any page.
import { computed, ref } from 'vue';
import { useRouter } from 'vue-router';
import { useDesk } from '../state/current';
import { failed } from '../state/notices';
import { t } from '../words';

export function useOffers() {
  const desk = useDesk();
  const router = useRouter();
  const busy = ref(false);
  const offers = computed(() => [...desk.offers.value].sort((a, b) => (a.session?.offer_expires_at ?? 0) - (b.session?.offer_expires_at ?? 0)));
  const first = computed(() => offers.value[0]);
  const open = (id: string) => void router.push({ name: 'work', params: { id } });

  async function act(frame: { op: string } & Record<string, unknown>, id?: string): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    try {
      const ack = await desk.ask(frame);
      if (ack.conversation) desk.learn([ack.conversation]);
      const to = ack.conversation?.conversation_id ?? (frame.op === 'accept' ? id : undefined);
      if (to) open(to);
      else if (frame.op === 'next') failed(new Error(t('next.none')));
    } catch (error) {
      failed(error);
    } finally {
      busy.value = false;
    }
  }
  const accept = () => void (first.value?.session && act({ op: 'accept', session_id: first.value.session.session_id }, first.value.conversation_id));
  const decline = () => void (first.value?.session && act({ op: 'decline', session_id: first.value.session.session_id }));
  /** The first offer, else the next one of the queue. */
  const take = () => (first.value ? accept() : void act({ op: 'next' }));
  return { offers, first, busy, open, accept, decline, take };
}
