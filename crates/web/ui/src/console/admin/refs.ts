// The rows that other rows point at, by kind: loaded when first asked for, and again when one was saved.
import { reactive } from 'vue';
import { api } from '../net/api';
import type { Row, Source } from './fields';

const lists = reactive(new Map<Source, Row[]>());
const asked = new Set<Source>();

export function loadRefs(source: Source, again = false): void {
  if (asked.has(source) && !again) return;
  asked.add(source);
  api.all<Row>(`/${source}`).then(
    (rows) => lists.set(source, rows),
    () => asked.delete(source),
  );
}

export const idOf = (row: Row): string => String(row.id ?? row.servicer_userid ?? row.open_kfid ?? '');

export function rowsOf(source: Source): Row[] {
  loadRefs(source);
  return lists.get(source) ?? [];
}

export function nameOf(source: Source, id: unknown): string {
  if (!id) return '';
  return String(rowsOf(source).find((r) => idOf(r) === id)?.name ?? '');
}
