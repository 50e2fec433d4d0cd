// Rules of this house that no linter knows: colours come from tokens, ids of foreign hosts stay out.
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../src', import.meta.url));
const looked = new Set(['.css', '.vue', '.tsx']);
// Pages that draw a scene of their own (a sample shop, a phone) may mix their colours.
const scenes = /^(demo|phone)\//;
const faults = [];

for (const entry of readdirSync(src, { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath, entry.name);
  const name = relative(src, file);
  if (!entry.isFile() || !looked.has(extname(file)) || scenes.test(name) || name === 'kit/tokens.css') continue;
  readFileSync(file, 'utf8').split('\n').forEach((line, at) => {
    const hex = line.match(/[:\s("']#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})\b(?![\w-])/);
    if (hex && !line.includes('data:')) faults.push(`${name}:${at + 1}: ${hex[0].trim()} is a colour outside kit/tokens.css`);
    // Our own icons are the only markup that is held in strings.
    if (/v-html|dangerouslySetInnerHTML/.test(line) && !line.includes('icons[')) faults.push(`${name}:${at + 1}: markup from a string`);
  });
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length ? 1 : 0;
