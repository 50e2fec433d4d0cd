// What stands above the field while it is asked for: canned replies after `/`, colleagues after `@`, names after `{{`.
import { computed, ref, watch, type Ref } from 'vue';
import { canned, loadCanned, type CannedReply } from '../state/canned';
import { colleagues, loadColleagues } from '../state/colleagues';
import { matchCanned, mentionQuery, slashQuery, variableQuery } from './compose';

const MOST = 6;

/**
 * `before` is the text up to the caret; `can` says whether anything may be offered now; `beside` is offered among
 * the canned replies once a word of it is typed, `names` is what `{{` stands for.
 */
export function useSuggest(mode: Ref<'reply' | 'note'>, text: Ref<string>, before: Ref<string>, can: Ref<boolean>, me: string, beside: Ref<CannedReply[]>, names: Ref<CannedReply[]>) {
  const at = ref(0);
  const dismissed = ref('');
  /** Canned replies were asked for by a click, whatever stands in the field. */
  const forced = ref(false);
  const slash = computed(() => (forced.value ? '' : slashQuery(text.value)));
  const name = computed(() => (mode.value === 'note' ? mentionQuery(before.value) : null));
  const variable = computed(() => (mode.value === 'reply' ? variableQuery(before.value) : null));
  const kind = computed<'canned' | 'mention' | 'name' | null>(() => {
    if (!can.value || (!forced.value && dismissed.value === text.value)) return null;
    if (mode.value === 'reply' && slash.value !== null) return 'canned';
    if (variable.value !== null && found.value.length) return 'name';
    return name.value !== null ? 'mention' : null;
  });
  const found = computed(() => matchCanned(names.value, variable.value ?? '', MOST));
  const replies = computed(() => (kind.value === 'name' ? found.value : slash.value === null ? [] : matchCanned(slash.value ? [...canned.value, ...beside.value] : canned.value, slash.value, MOST)));
  const people = computed(() => {
    const q = (name.value ?? '').toLowerCase();
    return colleagues.value.filter((c) => c.servicer_userid !== me && c.name.toLowerCase().includes(q)).slice(0, MOST);
  });
  const count = computed(() => (kind.value === 'mention' ? people.value.length : kind.value ? replies.value.length : 0));
  watch([slash, name, variable], () => (at.value = 0));
  watch(kind, (now) => {
    if (now === 'canned') void loadCanned();
    if (now === 'mention') void loadColleagues();
  });
  function dismiss(): void {
    dismissed.value = text.value;
    forced.value = false;
  }
  function move(by: 1 | -1): void {
    if (count.value) at.value = (at.value + by + count.value) % count.value;
  }
  return { kind, at, forced, slash, name, variable, replies, people, count, dismiss, move };
}
