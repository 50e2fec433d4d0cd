// Builds every page into dist, then lays a .gz beside each file that shrinks by it, so that the
// gateway compresses nothing at run time. `node tools/build.mjs console` builds one page.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { constants, gzipSync } from 'node:zlib';
import { build } from 'vite';
import { apps } from './apps.mjs';

const ui = fileURLToPath(new URL('..', import.meta.url));
const dist = join(ui, 'dist');
const asked = process.argv.slice(2);
if (!asked.length) rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

for (const app of asked.length ? asked : apps) {
  await build({ configFile: join(ui, 'vite.config.ts'), mode: app, logLevel: 'warn' });
}

const text = new Set(['.html', '.js', '.css', '.svg', '.json', '.txt']);
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath, entry.name);
  if (!entry.isFile() || !text.has(extname(file))) continue;
  const raw = readFileSync(file);
  const packed = gzipSync(raw, { level: constants.Z_BEST_COMPRESSION });
  if (packed.length < raw.length * 0.95) writeFileSync(`${file}.gz`, packed);
}
