// What a first visit of each page loads, in bytes of gzip; fails when one is over its budget.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { apps, budgets } from './apps.mjs';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const packed = (file) => gzipSync(readFileSync(file), { level: 9 }).length;
let over = false;

/** Where a first visit begins; of the SDK, its core. */
const entry = { loader: 'widget.js', sdk: 'sdk/core.js' };

for (const app of apps) {
  const page = join(dist, entry[app] ?? `${app}/index.html`);
  if (!existsSync(page)) {
    console.log(`${app.padEnd(8)} not built`);
    over ||= app in budgets;
    continue;
  }
  let bytes = packed(page);
  if (!entry[app]) {
    // Scripts, modules loaded ahead and style sheets that the page itself names.
    const html = readFileSync(page, 'utf8');
    for (const [, path] of html.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)) {
      if (existsSync(join(dist, path))) bytes += packed(join(dist, path));
    }
  }
  const budget = budgets[app];
  const verdict = budget === undefined ? '' : bytes <= budget ? `of ${(budget / 1024).toFixed(0)} KB` : `OVER ${(budget / 1024).toFixed(0)} KB`;
  over ||= budget !== undefined && bytes > budget;
  console.log(`${app.padEnd(8)} ${(bytes / 1024).toFixed(1).padStart(6)} KB gzip ${verdict}`);
}
process.exitCode = over ? 1 : 0;
