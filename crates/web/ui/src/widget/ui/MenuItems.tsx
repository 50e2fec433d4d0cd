import { useEffect, useRef, useState } from 'preact/hooks';
import type { ClientState } from '../../sdk/index.ts';
import { isQuiet, setQuiet } from '../sound.ts';
import { useApp } from './context.ts';
import { useSaid } from './said.ts';

/** What can be done beside writing: ask for a human, end, sound, a window of its own. */
export function MenuItems({ state, close, onPopout, onContinue }: { state: ClientState; close: (refocus: boolean) => void; onPopout?: (() => void) | undefined; onContinue: () => void }) {
  const { client, words } = useApp();
  const said = useSaid();
  const [asking, ask] = useState(false);
  const [quiet, hush] = useState(isQuiet);
  const [saving, mark] = useState<'no' | 'busy' | 'failed'>('no');
  const box = useRef<HTMLDivElement>(null);
  const { service_state: at } = state.session;
  const online = state.link.status === 'online';

  useEffect(() => {
    box.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    const outside = (event: PointerEvent) => !box.current?.parentElement?.contains(event.target as Node) && close(false);
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [asking]);

  const move = (event: KeyboardEvent) => {
    const items = [...(box.current?.querySelectorAll<HTMLElement>('[role=menuitem]:not(:disabled)') ?? [])];
    const here = items.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: here + 1, ArrowUp: here - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      items[to % items.length]?.focus();
    } else if (event.key === 'Escape' || event.key === 'Tab') {
      event.stopPropagation();
      close(event.key === 'Escape');
    }
  };

  return (
    <div ref={box} class="pop" role="menu" aria-label={words.more} onKeyDown={move}>
      {asking ? (
        <>
          <p class="small">{said.endSure}</p>
          <button type="button" role="menuitem" disabled={!online} onClick={() => {
            client.signal({ op: 'leave' });
            close(true);
          }}>{at === 2 ? said.leaveQueue : said.end}</button>
          <button type="button" role="menuitem" onClick={() => close(true)}>{said.cancel}</button>
        </>
      ) : (
        <>
          {at < 2 && <button type="button" role="menuitem" disabled={!online} onClick={() => {
            client.signal({ op: 'human' });
            close(true);
          }}>{words.human}</button>}
          {(at === 2 || at === 3) && <button type="button" role="menuitem" onClick={() => ask(true)}>{at === 2 ? said.leaveQueue : said.end}</button>}
          {state.kf?.continue && <button type="button" role="menuitem" disabled={!online} onClick={() => {
            close(true);
            onContinue();
          }}>{said.wechat}</button>}
          {state.messages.length > 0 && <button type="button" role="menuitem" disabled={!online || saving === 'busy'} onClick={() => {
            mark('busy');
            import('../transcript.ts').then((part) => part.save(client, words, said)).then(() => close(true), () => mark('failed'));
          }}>{saving === 'busy' ? said.transcriptMaking : saving === 'failed' ? said.transcriptFailed : said.transcript}</button>}
          <button type="button" role="menuitem" onClick={() => {
            setQuiet(!quiet);
            hush(!quiet);
            close(true);
          }}>{quiet ? said.soundOn : said.soundOff}</button>
          {onPopout && <button type="button" role="menuitem" onClick={() => {
            close(false);
            onPopout();
          }}>{said.popout}</button>}
        </>
      )}
    </div>
  );
}
