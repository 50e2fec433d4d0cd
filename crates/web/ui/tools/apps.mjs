/** Everything that is built, by the name of its folder under src: the pages, and the SDK as an npm package. */
export const apps = /** @type {const} */ (['console', 'widget', 'loader', 'chat', 'phone', 'demo', 'sdk']);

/** First loads in bytes of gzip that a build may not exceed. */
export const budgets = { loader: 5 * 1024, widget: 30 * 1024, sdk: 6 * 1024, chat: 40 * 1024, console: 150 * 1024 };
