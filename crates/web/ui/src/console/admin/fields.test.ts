import { expect, test } from 'vitest';
import { words } from '../words';
import '../words/admin';
import '../words/kf';
import { changes, creation, faults, faultyField, read, write, type Field } from './fields';
import { fieldsOf, groups, pages, scopes, sections } from './sections';

const fields: Field[] = [
  { key: 'name', kind: 'text', label: 'field.name', required: true },
  { key: 'limit', kind: 'number', label: 'field.limit', min: 0, max: 10 },
  { key: 'rules.assign', kind: 'text', label: 'field.assign' },
  { key: 'secret', kind: 'secret', label: 'field.name', when: (r) => r.channel === 'wecom_kf' },
];

test('paths are read and written without touching the row', () => {
  const row = { rules: { assign: 'auto', choice: 'x' } };
  const next = write(row, 'rules.assign', 'manual');
  expect(read(next, 'rules.assign')).toBe('manual');
  expect(read(next, 'rules.choice')).toBe('x');
  expect(row.rules.assign).toBe('auto');
  expect(read(write({}, 'a.b', 1), 'a.b')).toBe(1);
});

test('a change carries only what differs, nested objects whole, null for what was emptied', () => {
  const before = { name: 'a', limit: 3, rules: { assign: 'auto', choice: 'x' } };
  expect(changes(before, before, fields)).toEqual({});
  expect(changes(before, { ...before, limit: undefined, rules: { assign: 'manual', choice: 'x' } }, fields)).toEqual({ limit: null, rules: { assign: 'manual', choice: 'x' } });
});

test('creating sends what was filled in and is asked for', () => {
  expect(creation({ name: 'a', limit: 0, rules: { assign: '' }, secret: 's', stray: 1 }, fields)).toEqual({ name: 'a', limit: 0 });
  expect(creation({ name: 'a', secret: 's', channel: 'wecom_kf' }, fields)).toEqual({ name: 'a', secret: 's' });
});

test('faults are named by field', () => {
  expect(faults({ name: '', limit: 11 }, fields)).toEqual({ name: 'form.required', limit: 'form.range' });
  expect(faults({ name: 'a', limit: 10 }, fields)).toEqual({});
});

test('a refusal finds its field', () => {
  expect(faultyField('rules.assign: unknown variant', fields)).toBe('rules.assign');
  expect(faultyField('name: already taken', fields)).toBe('name');
  expect(faultyField('rev: the row changed since you read it', fields)).toBeUndefined();
  expect(faultyField('renamed elsewhere', fields)).toBeUndefined();
});

test('every section is whole: words exist, keys are unique, options are given', () => {
  for (const section of sections) {
    const all = fieldsOf(section);
    expect(new Set(all.map((f) => f.key)).size, section.key).toBe(all.length);
    for (const f of all) {
      expect(words).toHaveProperty([f.label]);
      if (f.kind === 'select') expect(typeof f.options === 'function' ? f.options : f.options?.length, `${section.key}.${f.key}`).toBeTruthy();
      if (f.kind === 'ref' || f.kind === 'refs') expect(f.source, `${section.key}.${f.key}`).toBeTruthy();
    }
    // What a new row begins with breaks no rule but "required".
    for (const fault of Object.values(faults(section.blank(), all))) expect(fault).toBe('form.required');
  }
});

test('an agent writes canned replies for themselves only, and sees whose the others are', () => {
  expect(scopes('agent', 'me')).toEqual(['me']);
  expect(scopes('agent', 'brand')).toEqual(['me', 'brand']);
  expect(scopes('supervisor', 'me')).toEqual(['me', 'team', 'brand']);
});

test('every page of settings stands in the menu once', () => {
  expect(groups.flatMap((g) => g.keys).sort()).toEqual([...sections, ...pages].map((e) => e.key).sort());
});
