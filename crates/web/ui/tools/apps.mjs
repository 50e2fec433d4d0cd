/** Every page that is built, by the name of its folder under src. */
export const apps = /** @type {const} */ (['console', 'widget', 'loader', 'chat', 'phone', 'demo']);

/** First loads in bytes of gzip that a build may not exceed. */
export const budgets = { loader: 5 * 1024, widget: 30 * 1024, chat: 40 * 1024, console: 150 * 1024 };
