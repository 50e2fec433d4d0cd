// Pictures of pages in both colours and languages, on a desk and in a hand, and what is plainly wrong there.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findings } from './axe.mjs';
import { sticksOut } from './narrow.mjs';

const desk = { width: 1440, height: 900 };
const hand = { width: 390, height: 844 };
const look = (theme, locale, size) => ({ theme, locale, size });

/** Every colour, language and size. */
export const every = [desk, hand].flatMap((size) => ['light', 'dark'].flatMap((theme) => ['zh-CN', 'en'].map((locale) => look(theme, locale, size))));

/** Each colour, language and size with what it is most likely to break. */
export const most = [look('light', 'zh-CN', desk), look('dark', 'zh-CN', desk), look('light', 'en', desk), look('light', 'zh-CN', hand), look('dark', 'en', hand)];

/** Until nothing moves and every picture that is on its way has come; at most a second each. */
async function settle(page) {
  await page.evaluate(async () => {
    const within = (promises) => Promise.race([Promise.all(promises), new Promise((go) => setTimeout(go, 1_000))]);
    await within([...document.images].filter((one) => !one.complete).map((one) => new Promise((go) => ['load', 'error'].forEach((name) => one.addEventListener(name, go)))));
    await within(document.getAnimations().map((one) => one.finished.catch(() => {})));
  });
}

export class Pictures {
  #folder;
  #only;

  /** Into a folder; `only` names the pages that are asked for, all if there are none. */
  constructor(folder, only = []) {
    this.#folder = folder;
    this.#only = only;
    mkdirSync(folder, { recursive: true });
  }

  wants(name) {
    return !this.#only.length || this.#only.some((part) => name.includes(part));
  }

  /**
   * Takes a page in some views. `dress` loads it in a look, `ready` waits until there is something
   * to see, `tall` names what scrolls inside and is to be seen whole. A view that fails is told and left out.
   */
  async take(page, name, { dress, ready, views = most, tall }) {
    if (!this.wants(name)) return;
    const told = new Set();
    for (const [at, view] of views.entries()) {
      const { theme, locale, size } = view;
      const file = `${name}-${theme}-${locale}-${size.width}`;
      try {
        await page.setViewportSize(size);
        await dress(view);
        await ready(view);
        const more = tall ? await page.locator(tall).first().evaluate((one) => one.scrollHeight - one.clientHeight) : 0;
        if (more > 0) await page.setViewportSize({ ...size, height: Math.min(size.height + more, 4_000) });
        await settle(page);
        await page.screenshot({ path: join(this.#folder, `${file}.png`) });
        for (const line of await sticksOut(page)) told.add(`${file}: ${line}`);
        if (at === 0 || at === views.length - 1) for (const line of await findings(page)) told.add(`${file}: ${line}`);
      } catch (error) {
        told.add(`${file} was not taken: ${error.message.split('\n')[0]}`);
      }
    }
    console.log([`${name}: ${views.length} views`, ...told].join('\n  '));
  }
}
