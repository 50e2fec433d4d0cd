// Chromium, and stories that leave pictures behind when they fail.
import { mkdirSync, mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Demo } from './demo.mjs';

const modules = createRequire(new URL('../../../crates/web/ui/package.json', import.meta.url));
const { chromium } = modules('playwright-core');
/** The source text of axe, to be put into pages. */
export const axePath = modules.resolve('axe-core/axe.min.js');

/** Long, because the box may be busy; nothing waits so long when all is well. */
export const patience = 30_000;

const flags = ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];

export const launch = () => chromium.launch({ executablePath: process.env.KEFU_CHROMIUM ?? '/usr/bin/chromium', headless: true, args: flags });

/**
 * A stage for the stories of one file: one demo, one Chromium, and a context of its own for
 * everybody who takes part. `story` closes them and takes pictures of every page if it fails.
 */
export function stage() {
  const here = { demo: null, browser: null, contexts: [] };
  before(async () => {
    [here.demo, here.browser] = await Promise.all([Demo.start(), launch()]);
  }, { timeout: 60_000 });
  after(async () => {
    await here.browser?.close();
    await here.demo?.stop();
  }, { timeout: 30_000 });

  /** A browser of someone else: cookies, storage, language and colours of their own. */
  here.person = async (options = {}) => {
    const context = await here.browser.newContext({ locale: 'zh-CN', timezoneId: 'Asia/Shanghai', viewport: { width: 1440, height: 900 }, ...options });
    context.setDefaultTimeout(patience);
    here.contexts.push(context);
    return context;
  };

  here.story = (name, run) =>
    test(name, { timeout: 4 * patience }, async (t) => {
      const faults = [];
      const listen = (page) => page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`));
      const person = async (options) => {
        const context = await here.person(options);
        context.on('page', listen);
        return context;
      };
      try {
        await run({ demo: here.demo, browser: here.browser, person, t });
        if (faults.length) throw new Error(`scripts failed in a page:\n${faults.join('\n')}`);
      } catch (error) {
        const taken = await pictures(name, here.contexts);
        throw new Error(`${error.message}\npictures: ${taken}${faults.length ? `\nerrors in pages:\n${faults.join('\n')}` : ''}\nlog:\n${here.demo.log()}`);
      } finally {
        await Promise.all(here.contexts.splice(0).map((context) => context.close().catch(() => {})));
      }
    });
  return here;
}

async function pictures(name, contexts) {
  const parent = join(tmpdir(), 'kefu-browser-failures');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, `${name.replace(/[^\w]+/g, '-').slice(0, 40)}-`));
  for (const [c, context] of contexts.entries()) {
    for (const [p, page] of context.pages().entries()) await page.screenshot({ path: join(folder, `${c}-${p}.png`), timeout: 5_000 }).catch(() => {});
  }
  return folder;
}

/** Waits until `look` answers something true; says what it waited for if it never does. */
export async function until(what, look, within = patience) {
  const end = Date.now() + within;
  let last;
  for (;;) {
    try {
      const got = await look();
      if (got) return got;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited in vain: ${what}${last ? ` (${last.message})` : ''}`);
    await new Promise((go) => setTimeout(go, 100));
  }
}
