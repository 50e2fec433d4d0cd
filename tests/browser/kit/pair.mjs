// What both sides saw, joined to one picture: the customer at the left, the console at the right.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './browser.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'stories', 'pictures');

/** Waits until nothing moves any more and every picture within sight is there. */
async function still(page) {
  await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {}))));
  for (const frame of page.frames()) {
    await until('pictures are loaded', () => frame.evaluate(() => [...document.images].every((one) => one.complete || !one.checkVisibility() || one.getBoundingClientRect().top > innerHeight)));
  }
}

const data = (bytes) => `data:image/png;base64,${bytes.toString('base64')}`;

/** Writes `NAME.png` below the build's folder; `left` and `right` are pages or parts of pages. */
export async function pair(browser, name, left, right) {
  for (const side of [left, right]) await still(side.page?.() ?? side);
  const [one, other] = [await left.screenshot(), await right.screenshot()];
  mkdirSync(folder, { recursive: true });
  const page = await browser.newPage({ viewport: { width: 2000, height: 900 } });
  try {
    await page.setContent(`<body style="margin:0"><div style="display:flex;gap:16px;padding:16px;background:#d9dfdd;width:max-content"><img height="868" src="${data(one)}"><img height="868" src="${data(other)}"></div>`);
    await until('both pictures stand', () => page.evaluate(() => [...document.images].every((img) => img.complete && img.naturalWidth > 0)));
    await page.locator('div').screenshot({ path: join(folder, `${name}.png`) });
  } finally {
    await page.close();
  }
}
