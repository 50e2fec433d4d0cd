// Takes the visit along into a window of its own. Browsers keep a frame's storage apart from that
// of a window, so the token goes over by hand, to our own origin only.
import type { VisitorClient } from '../sdk/index.ts';

export const visitRequest = 'kefu:visit?';
export const visitAnswer = 'kefu:visit';

export function popout(client: VisitorClient, entryPoint: string): void {
  const kf = client.state.kf?.open_kfid ?? '';
  const child = window.open(`/chat/${encodeURIComponent(kf)}?${new URLSearchParams({ entry_point: entryPoint, from: 'widget' })}`, 'kefu-chat', 'popup,width=420,height=720');
  if (!child) return;
  window.addEventListener('message', function asked(event) {
    if (event.source !== child || event.origin !== location.origin || event.data !== visitRequest) return;
    window.removeEventListener('message', asked);
    child.postMessage({ kefu: visitAnswer, token: client.bearer }, location.origin);
    // The gateway changes tokens at each opening: two windows need one each.
    setTimeout(() => client.refresh(), 3_000);
  });
}

/** In the new window: the token of the visit that it was opened from, if there is one. */
export function takenAlong(): Promise<string | null> {
  const { opener } = window as { opener: Window | null };
  if (!opener || new URLSearchParams(location.search).get('from') !== 'widget') return Promise.resolve(null);
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), 1500);
    window.addEventListener('message', (event) => {
      const data = event.data as { kefu?: unknown; token?: unknown } | null;
      if (event.source === opener && event.origin === location.origin && data?.kefu === visitAnswer) resolve(typeof data.token === 'string' ? data.token : null);
    });
    opener.postMessage(visitRequest, location.origin);
  });
}
