// Lists that are everyone's (待接入, 同事, 全部): the socket tells how many there are, not who. They are
// asked for page by page, at once when their number changes, and from time to time while they are shown.
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue';
import { api, type Page } from '../net/api';
import type { Conversation } from '../net/protocol';
import type { Desk } from './desk';
import { fits, isRestricted, type Filter, type Tab } from './folders';
import type { Group } from './grouping';

const AGAIN_MS = 15_000;
/** A list whose number keeps changing is asked for so often at most. */
const SOON_MS = 1_000;
/** All consoles hear of a change in the same moment; they do not all ask in it. */
const SPREAD_MS = 250;

export function useServerList(desk: Desk, tab: Ref<Tab>, filter: Ref<Filter>) {
  const ids = shallowRef<string[]>([]);
  const next = ref<string | null>(null);
  const loading = ref(false);
  const problem = shallowRef<unknown>(null);
  let turn = 0;
  let asked_at = 0;
  let soon: ReturnType<typeof setTimeout> | undefined;

  const query = () => ({
    view: tab.value,
    sort: filter.value.sort === 'due' ? 'activity' : filter.value.sort,
    channel: filter.value.channel || undefined,
    state: filter.value.state || undefined,
    team_id: filter.value.team_id || undefined,
    limit: 50,
  });

  async function load(more = false): Promise<void> {
    if (tab.value === 'mine') return;
    const mine = ++turn;
    asked_at = Date.now();
    loading.value = true;
    try {
      const page = await api.get<Page<Conversation>>('/conversations', { ...query(), cursor: more ? next.value : undefined });
      if (mine !== turn) return;
      problem.value = null;
      desk.learn(page.items);
      // The whole queue is known: whoever is not in it has left it.
      if (tab.value === 'waiting' && !more && !page.next && !isRestricted(filter.value)) desk.leaveQueue(new Set(page.items.map((c) => c.conversation_id)));
      const fresh = page.items.map((c) => c.conversation_id);
      ids.value = more ? [...new Set([...ids.value, ...fresh])] : fresh;
      next.value = page.next;
    } catch (error) {
      if (mine === turn) problem.value = error;
    } finally {
      if (mine === turn) loading.value = false;
    }
  }

  watch([tab, filter, desk.welcomes], ([now], [before]) => {
    if (now !== before) {
      ids.value = [];
      next.value = null;
    }
    void load();
  });
  // A page that was scrolled further is left alone: looking again would fold it up.
  const again = () => {
    if (document.visibilityState === 'visible' && ids.value.length <= 50) void load();
  };
  const counted = () => (tab.value === 'waiting' ? `${desk.counts.value.waiting} ${desk.counts.value.oldest_enqueued_at}` : tab.value === 'colleagues' ? String(desk.counts.value.colleagues) : '');
  watch([tab, counted], ([now, news], [before, old]) => {
    if (now !== before || news === old) return;
    soon ??= setTimeout(
      () => {
        soon = undefined;
        again();
      },
      Math.max(0, asked_at + SOON_MS - Date.now()) + Math.random() * SPREAD_MS,
    );
  });
  const timer = setInterval(again, AGAIN_MS);
  onScopeDispose(() => {
    clearInterval(timer);
    clearTimeout(soon);
  });

  const groups = computed<Group[]>(() => {
    const items = ids.value.flatMap((id) => desk.conversations.get(id) ?? []).filter((c) => fits(c, filter.value, tab.value));
    return items.length ? [{ key: 'rest', items }] : [];
  });
  return { groups, next, loading, problem, load };
}
