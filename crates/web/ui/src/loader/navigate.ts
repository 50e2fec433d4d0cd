// Where the visitor is, also in sites that change pages without loading one.
import type { PageFacts } from '../widget/bridge.ts';

const longest = 2048;

export function pageFacts(): PageFacts {
  const { title, referrer } = document;
  const facts: PageFacts = { url: location.href.slice(0, longest), title: title.slice(0, 256) };
  if (referrer) facts.referrer = referrer.slice(0, longest);
  return facts;
}

/** Calls back after each change of the address. Patches nothing of the site's. */
export function onNavigate(then: () => void, signal: AbortSignal): void {
  let at = location.href;
  // The title follows the address a moment later.
  const look = () => setTimeout(() => {
    if (location.href === at || signal.aborted) return;
    at = location.href;
    then();
  }, 600);
  const { navigation } = window as { navigation?: EventTarget };
  if (navigation) navigation.addEventListener('currententrychange', look, { signal });
  else for (const event of ['popstate', 'hashchange', 'click']) window.addEventListener(event, look, { signal, capture: true });
}
