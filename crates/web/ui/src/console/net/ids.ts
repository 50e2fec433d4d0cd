/** A client id that no other tab makes: 26 characters of `[a-z0-9]`, the time first. */
export function clientId(): string {
  const random = crypto.getRandomValues(new Uint8Array(17));
  const tail = Array.from(random, (byte) => (byte % 36).toString(36)).join('');
  return Date.now().toString(36).padStart(9, '0') + tail;
}

/** The id of this tab, the same after a reload. */
export function tabId(store: Storage = sessionStorage): string {
  const kept = store.getItem('kefu.tab');
  if (kept) return kept;
  const made = clientId();
  store.setItem('kefu.tab', made);
  return made;
}
