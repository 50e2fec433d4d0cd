// What a first visit of each page loads, in bytes of gzip; fails when one is over its budget. Counted
// are the page itself and the scripts and style sheets that it names: all that stands between a
// visitor and the first words. Who reads English fetches one file more before them, which counts. Every
// other script of the folder comes later, while nobody waits or when it is asked for, and is only named.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { apps, budgets } from './apps.mjs';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const packed = (file) => gzipSync(readFileSync(file), { level: 9 }).length;
let over = false;

/** Where a first visit begins, if not with a page. */
const entry = { loader: 'widget.js', sdk: 'sdk/index.js', tabs: 'sdk/tabs.js' };

/** A script and those that it cannot begin without. */
function withImports(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:\bfrom|\bimport)\s*["'](\.[^"']+)["']/g)) withImports(join(file, '..', path), seen);
  return seen;
}

for (const app of [...apps, 'tabs']) {
  const page = join(dist, entry[app] ?? `${app}/index.html`);
  if (!existsSync(page)) {
    console.log(`${app.padEnd(8)} not built`);
    over ||= app in budgets;
    continue;
  }
  let bytes = entry[app] ? [...withImports(page)].reduce((all, file) => all + packed(file), 0) : packed(page);
  let beside = '';
  if (!entry[app]) {
    // Scripts, modules loaded ahead and style sheets that the page itself names.
    const named = [...readFileSync(page, 'utf8').matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)].map(([, path]) => join(dist, path));
    for (const path of named) if (existsSync(path)) bytes += packed(path);
    const folder = join(dist, app, 'assets');
    const others = readdirSync(folder).filter((name) => /\.(js|css)$/.test(name) && !named.includes(join(folder, name)));
    const sum = (names) => names.reduce((all, name) => all + packed(join(folder, name)), 0);
    const english = others.filter((name) => name.startsWith('words.en'));
    const later = others.filter((name) => !english.includes(name));
    bytes += sum(english);
    if (later.length) beside = `${(sum(later) / 1024).toFixed(1)} KB later, in ${later.length}`;
  }
  const budget = budgets[app];
  const verdict = budget === undefined ? '' : bytes <= budget ? `of ${(budget / 1024).toFixed(0)} KB` : `OVER ${(budget / 1024).toFixed(0)} KB`;
  over ||= budget !== undefined && bytes > budget;
  console.log(`${app.padEnd(8)} ${(bytes / 1024).toFixed(1).padStart(6)} KB gzip ${[verdict, beside].filter(Boolean).join('; ')}`);
}
process.exitCode = over ? 1 : 0;
