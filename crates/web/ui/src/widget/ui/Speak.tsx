// Speaking instead of writing: a tap begins, the bar over the field shows how long it is, another
// tap sends. Leaving the page or the bar drops it.
import { canRecord, record, type End } from '@kit/recording.ts';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './Icon.tsx';
import { useApp } from './context.ts';
import { useSaid } from './said.ts';

export function Speak() {
  const { client, words } = useApp();
  const said = useSaid();
  const [seconds, tick] = useState<number | null>(null);
  const [denied, deny] = useState(false);
  const running = useRef<{ end: End | null } | null>(null);
  useEffect(() => () => stop(false), []);
  if (!canRecord()) return null;

  const stop = (kept: boolean) => {
    running.current?.end?.(kept);
    running.current = null;
  };
  const start = async () => {
    if (running.current) return;
    const own: { end: End | null } = { end: null };
    running.current = own;
    deny(false);
    try {
      own.end = await record(tick, (file) => {
        tick(null);
        running.current = null;
        if (file) client.sendFile(file);
      });
      // Left while the browser asked for leave.
      if (running.current !== own) own.end(false);
    } catch {
      running.current = null;
      deny(true);
    }
  };
  return (
    <>
      <button type="button" class="ib" aria-label={said.speak} title={said.speak} onClick={() => void start()}><Icon name="mic" /></button>
      {denied && <span class="meta left late" role="alert">{said.micDenied}</span>}
      {seconds !== null && (
        <div class="rec" role="group" aria-label={said.speak}>
          <span class="lamp" aria-hidden="true" />
          <span class="grow small" role="timer">{said.speaking(seconds)}</span>
          <button type="button" class="ib" aria-label={said.cancel} onClick={() => stop(false)}><Icon name="close" /></button>
          <button type="button" class="go" aria-label={words.send} onClick={() => stop(true)}><Icon name="send" /></button>
        </div>
      )}
    </>
  );
}
