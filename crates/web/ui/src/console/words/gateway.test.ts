// Every code that the gateway can send to be read by people has words in both languages. The codes
// are taken from its own sources, so that a new one without words fails here.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { words } from './index';
import './admin';
import './kf';
import './cards';

const crates = join(process.cwd(), '../..');
const read = (path: string) => readFileSync(join(crates, path), 'utf8');
const sources = (folder: string) =>
  readdirSync(join(crates, folder), { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.rs') && !/test|contract/.test(f))
    .map((f) => read(join(folder, f)));
const found = (texts: string[], ...patterns: RegExp[]) => [...new Set(texts.flatMap((text) => patterns.flatMap((p) => [...text.matchAll(p)].map((m) => m[1]!))))].sort();
/** The arms of a function that turns variants into stable words. */
const arms = (text: string, start: string) => [...text.slice(text.indexOf(start)).split('\n    }\n')[0]!.matchAll(/=> "(\w+)"/g)].map((m) => m[1]!);
const missing = (prefix: string, codes: string[]) => codes.filter((code) => !(`${prefix}.${code}` in words));

test('lines of a thread', () => {
  const rust = [...sources('reception/src'), ...sources('store/src/sqlite')];
  const events = found(
    rust,
    /(?:say::line|handed)\(\s*"(\w+)"/g,
    /line_about\([^)]*"(\w+)"\)/g,
    /enqueue(?:_at)?\([^)]*Some\("(\w+)"\)/g,
    /let line = Some\(\("(\w+)"/g,
    // A pair of the event and its text, chosen before it is written.
    /\("(\w+)", (?:name|String::new\(\))\)/g,
    /\("(carried_\w+)", /g,
  );
  // Each way of writing one is seen, or the patterns are out of date.
  for (const known of ['transferred', 'assigned', 'overflowed', 'group_joined', 'hours_opened', 'asked_human', 'served_elsewhere', 'pass_failed', 'carried_over', 'came_late']) expect(events).toContain(known);
  expect(missing('line', events)).toEqual([]);
});

test('why a session ended or went back', () => {
  const named = sources('domain/src').find((text) => text.includes('impl Reason {'))!;
  const reasons = arms(named.slice(named.indexOf('impl Reason {')), 'pub const fn word(self)');
  expect(reasons).toContain('offer_timeout');
  expect(missing('end', reasons)).toEqual([]);
});

test('why something was refused', () => {
  const codes = [...arms(read('reception/src/error.rs'), 'pub const fn code(&self)'), ...found(sources('gateway/src'), /(?:Problem|Self)::new\(\s*StatusCode::\w+,\s*"(\w+)"/g)];
  expect(codes).toContain('served_elsewhere');
  const toPlatforms = ['callback_rejected', 'xml_forbidden'];
  expect(missing('problem', codes).filter((code) => !toPlatforms.includes(code))).toEqual([]);
});
