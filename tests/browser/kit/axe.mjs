// What axe says of a page and of every frame in it, told in lines a person can act on.
import { readFileSync } from 'node:fs';
import { axePath } from './browser.mjs';

const source = readFileSync(axePath, 'utf8');

/** Findings that keep people out: serious and critical. */
export async function findings(page) {
  const lines = [];
  for (const frame of page.frames()) {
    if (frame.url() === 'about:blank') continue;
    // Put in by the debugger, so that no content policy is in the way.
    await frame.evaluate(source);
    const { violations } = await frame.evaluate(() => globalThis.axe.run(document, { iframes: false, resultTypes: ['violations'] }));
    for (const { id, impact, help, nodes } of violations) {
      if (impact !== 'serious' && impact !== 'critical') continue;
      for (const { target, failureSummary } of nodes.slice(0, 4)) lines.push(`${new URL(frame.url()).pathname}: ${impact} ${id} (${help}) at ${target.join(' ')}: ${failureSummary.split('\n').slice(1, 3).join(' ').trim()}`);
      if (nodes.length > 4) lines.push(`  … and ${nodes.length - 4} more of ${id}`);
    }
  }
  return lines;
}
