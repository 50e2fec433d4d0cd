// A row of administration as a form: which fields it has, what changed, what is wrong. No component.
import type { Word } from '../words';

export type Row = Record<string, unknown> & { id?: string; rev?: number };

export type FieldKind = 'text' | 'area' | 'number' | 'secret' | 'check' | 'select' | 'words' | 'picture' | 'color' | 'refs' | 'ref' | 'hours' | 'menu' | 'overflow' | 'links' | 'survey' | 'questions';

/** Lists that a `ref` or `refs` field picks from. */
export type Source = 'agents' | 'teams' | 'kf-accounts' | 'connections';

export interface Field {
  /** Path in the row, with dots. */
  key: string;
  kind: FieldKind;
  label: Word;
  hint?: Word;
  /** Of a `select`: our words, or a list that the gateway or the row itself decides. */
  options?: { value: string; label: Word }[] | ((row: Row) => { value: string; label: string }[]);
  source?: Source;
  required?: boolean;
  /** Ids and addresses: set without spacing, never corrected. */
  raw?: boolean;
  min?: number;
  max?: number;
  unit?: Word;
  /** Of a `ref`: which rows may be picked. */
  fits?: (row: Row, values: Row) => boolean;
  /** Shown only if this holds. */
  when?: (values: Row) => boolean;
  /** Can be given at creation only. */
  once?: boolean;
}

export interface Part {
  title?: Word;
  hint?: Word;
  fields: Field[];
}

export function read(row: Row, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | null | undefined)?.[key], row);
}

/** `row` with `value` at `path`; everything beside the path is shared, nothing is changed in place. */
export function write(row: Row, path: string, value: unknown): Row {
  const [key, ...rest] = path.split('.') as [string, ...string[]];
  if (!rest.length) return { ...row, [key]: value };
  return { ...row, [key]: write(((row[key] ?? {}) as Row) || {}, rest.join('.'), value) };
}

const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** The top-level fields that differ: what a PATCH carries. Nested objects go whole. */
export function changes(before: Row, after: Row, fields: Field[]): Row {
  const tops = new Set(fields.map((f) => f.key.split('.')[0]!));
  return Object.fromEntries([...tops].filter((key) => !same(before[key], after[key])).map((key) => [key, after[key] ?? null]));
}

/** Only what the form knows, for creating. */
export function creation(row: Row, fields: Field[]): Row {
  return fields
    .filter((f) => !f.when || f.when(row))
    .reduce<Row>((out, f) => {
      const value = read(row, f.key);
      return value === undefined || value === '' || value === null ? out : write(out, f.key, value);
    }, {});
}

export function visible(fields: Field[], row: Row): Field[] {
  return fields.filter((f) => !f.when || f.when(row));
}

/** Faults by field, found here before anything is sent. */
export function faults(row: Row, fields: Field[]): Record<string, Word> {
  const found: Record<string, Word> = {};
  for (const f of visible(fields, row)) {
    const value = read(row, f.key);
    const empty = value === undefined || value === null || value === '' || (Array.isArray(value) && !value.length);
    if (f.required && empty) found[f.key] = 'form.required';
    else if (f.kind === 'number' && !empty) {
      const n = Number(value);
      if (!Number.isFinite(n) || (f.min !== undefined && n < f.min) || (f.max !== undefined && n > f.max)) found[f.key] = 'form.range';
    }
  }
  return found;
}

/** The field that a refusal of the gateway names in its detail: at its start, or else the longest match. */
export function faultyField(detail: string, fields: Field[]): string | undefined {
  const first = /^([\w.]+)[:[]/.exec(detail)?.[1];
  if (first && fields.some((f) => f.key === first)) return first;
  const names = fields.flatMap((f) => [
    { key: f.key, name: f.key },
    { key: f.key, name: f.key.split('.').at(-1)! },
  ]);
  return names.sort((a, b) => b.name.length - a.name.length).find(({ name }) => new RegExp(`(^|[^a-z_])${name.replace(/\./g, '\\.')}([^a-z_]|$)`).test(detail))?.key;
}
