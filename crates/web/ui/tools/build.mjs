// Builds every page into dist, then lays a .gz beside each file that shrinks by it, so that the
// gateway compresses nothing at run time. `node tools/build.mjs console` builds one page. What lies
// in dist/sdk then is the npm package, to be published or packed as it is.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

if (!asked.length || asked.includes('sdk')) packSdk();

/** Types, description and page of the package. Type files name each other as the scripts do. */
function packSdk() {
  const [from, to] = [join(ui, 'src/sdk'), join(dist, 'sdk')];
  execFileSync(process.execPath, [join(ui, 'node_modules/typescript/bin/tsc'), '-p', from], { stdio: 'inherit' });
  for (const name of readdirSync(to, { recursive: true })) {
    if (!name.endsWith('.d.ts')) continue;
    const file = join(to, name);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/(from '|import\(')(\.[^']*)\.ts'/g, "$1$2.js'"));
  }
  for (const name of ['package.json', 'README.md']) copyFileSync(join(from, name), join(to, name));
}

const text = new Set(['.html', '.js', '.css', '.svg', '.json', '.txt']);
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath, entry.name);
  if (!entry.isFile() || !text.has(extname(file))) continue;
  const raw = readFileSync(file);
  const packed = gzipSync(raw, { level: constants.Z_BEST_COMPRESSION });
  if (packed.length < raw.length * 0.95) writeFileSync(`${file}.gz`, packed);
}
