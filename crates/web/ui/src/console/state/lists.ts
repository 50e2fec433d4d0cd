// Lists that are everyone's (待接入, 同事, 全部): the socket tells how many there are, not who. They are
// asked for page by page, at once when their number changes, and from time to time while they are shown.
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue';
import { api, type Page } from '../net/api';
import type { Conversation } from '../net/protocol';
import type { Desk } from './desk';
import { fits, isRestricted, type Filter, type Tab } from './folders';
import type { Group } from './grouping';

/** What one answer holds, and what is looked at again at most: a list that was scrolled further stays as it was. */
const PAGE = 50;
const LARGEST = 200;
const REFRESHED = 600;
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

  /** How far the list was read since it was begun. */
  const read = ref(0);
  const query = () => ({
    view: tab.value,
    // Those who wait stand by their wait; another order would bring another fifty of them.
    sort: filter.value.sort !== 'due' ? filter.value.sort : tab.value === 'waiting' ? 'waiting' : 'activity',
    channel: filter.value.channel || undefined,
    state: filter.value.state || undefined,
    team_id: filter.value.team_id || undefined,
    mark: filter.value.mark || undefined,
    priority: filter.value.priority || undefined,
  });

  async function load(more = false): Promise<void> {
    if (tab.value === 'mine') return;
    const mine = ++turn;
    asked_at = Date.now();
    loading.value = true;
    try {
      const asked = query();
      const rows: Conversation[] = [];
      let cursor = more ? next.value : null;
      const wanted = more ? PAGE : Math.max(PAGE, Math.min(REFRESHED, read.value));
      do {
        const page = await api.get<Page<Conversation>>('/conversations', { ...asked, limit: Math.min(LARGEST, wanted - rows.length), cursor: cursor ?? undefined });
        if (mine !== turn) return;
        rows.push(...page.items);
        cursor = page.next;
      } while (cursor && rows.length < wanted);
      // The queue is longer than what was read: those who go first stand in it wherever they joined.
      const first = asked.view === 'waiting' && cursor && !more && filter.value.sort === 'due' ? await api.get<Page<Conversation>>('/conversations', { ...asked, sort: 'priority', limit: PAGE }) : null;
      if (mine !== turn) return;
      problem.value = null;
      const known = [...rows, ...(first?.items ?? [])];
      desk.learn(known);
      if (asked.view === 'waiting' && asked.sort === 'waiting' && !more && !isRestricted(filter.value)) {
        // Whoever would stand in what was read and does not has left.
        const until = cursor ? (rows.at(-1)?.session?.enqueued_at ?? 0) : Infinity;
        desk.leaveQueue(new Set(known.map((c) => c.conversation_id)), until);
      }
      const fresh = rows.map((c) => c.conversation_id);
      ids.value = more ? [...new Set([...ids.value, ...fresh])] : fresh;
      read.value = more ? read.value + rows.length : rows.length;
      next.value = cursor;
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
    read.value = 0;
    void load();
  });
  const again = () => {
    if (document.visibilityState === 'visible' && read.value <= REFRESHED) void load();
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
