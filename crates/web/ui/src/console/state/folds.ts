// Which parts of the customer's panel are folded away, for everybody who is looked at on this browser.
import { shallowRef } from 'vue';

const KEY = 'kefu.folded';

function kept(): string[] {
  try {
    const names: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  } catch {
    return [];
  }
}

export const folded = shallowRef<ReadonlySet<string>>(new Set(kept()));

export function turnFold(name: string): void {
  const next = new Set(folded.value);
  if (!next.delete(name)) next.add(name);
  folded.value = next;
  localStorage.setItem(KEY, JSON.stringify([...next]));
}
