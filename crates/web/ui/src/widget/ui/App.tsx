import { useEffect, useState } from 'preact/hooks';
import type { ClientState, VisitorClient } from '../../sdk/index.ts';
import type { Words } from '../words.ts';
import { Composer } from './Composer.tsx';
import { Header } from './Header.tsx';
import { Icon } from './Icon.tsx';
import { Thread } from './Thread.tsx';
import { AppProvider, useApp, useClientState, useLineLost } from './context.ts';

export interface View {
  client: VisitorClient;
  words: Words;
  phone: boolean;
  /** The visitor sees it. */
  shown: boolean;
  /** Grows when the field should take the focus. */
  focus: number;
  prefill: { text: string; turn: number };
  /** Stands in a frame of a brand's page, to be closed. */
  onClose?: (() => void) | undefined;
  onPopout?: (() => void) | undefined;
}

export function App({ view }: { view: View }) {
  const { client, words, phone, shown, focus, prefill, onClose, onPopout } = view;
  const state = useClientState(client);
  const lost = useLineLost(state);
  const [dragging, drag] = useState(false);

  useEffect(() => {
    document.documentElement.lang = words.lang;
  }, [words]);
  useEffect(() => {
    if (!onClose) return;
    const escape = (event: KeyboardEvent) => event.key === 'Escape' && !event.isComposing && !document.querySelector('dialog[open]') && onClose();
    document.addEventListener('keydown', escape);
    return () => document.removeEventListener('keydown', escape);
  }, [onClose]);

  return (
    <AppProvider value={{ client, words, phone }}>
      <div class={`w${onClose ? '' : ' page'}`} role={onClose ? 'dialog' : 'main'} aria-label={words.chat}
        onDragOver={(event) => {
          if (!holdsFiles(event)) return;
          event.preventDefault();
          drag(true);
        }}
        onDragLeave={(event) => event.relatedTarget === null && drag(false)}
        onDrop={(event) => {
          if (!holdsFiles(event)) return;
          event.preventDefault();
          drag(false);
          if (state.prechat) return;
          for (const file of Array.from(event.dataTransfer?.files ?? []).slice(0, 9)) client.sendFile(file);
        }}>
        <Header state={state} onClose={onClose} onPopout={onPopout} />
        <LineStrip state={state} lost={lost} />
        <Thread state={state} lost={lost} shown={shown} />
        <HumanChip state={state} />
        {!state.prechat && <Composer state={state} focus={focus} prefill={prefill} />}
        {dragging && <div class="drop" aria-hidden="true">{words.dropHere}</div>}
      </div>
    </AppProvider>
  );
}

const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files');

/** One line when the gateway cannot be heard: what is safe, and what one can do. */
function LineStrip({ state, lost }: { state: ClientState; lost: boolean }) {
  const { client, words } = useApp();
  const { link } = state;
  const stopped = link.status === 'stopped' ? link.reason : null;
  const say = stopped ? words[stopped] : words.offline;
  const act = stopped === 'elsewhere' ? words.continueHere : stopped === 'protocol' ? words.reload : stopped ? null : words.retryNow;
  return (
    <div role="status" class="strip">
      {(lost || stopped) && (
        <div class="off">
          <Icon name="cloud" />
          <span>{say}</span>
          {act && <button type="button" onClick={() => (stopped === 'protocol' ? location.reload() : client.resume())}>{act}</button>}
        </div>
      )}
    </div>
  );
}

/** While an assistant answers, a human is one tap away. */
function HumanChip({ state }: { state: ClientState }) {
  const { client, words } = useApp();
  const [asked, ask] = useState(false);
  const here = state.session.service_state === 1;
  useEffect(() => ask(false), [here]);
  if (!here) return null;
  return (
    <div class="chips">
      <button type="button" class="btn" disabled={asked || state.link.status !== 'online'} onClick={() => ask(client.signal({ op: 'human' }))}>
        <Icon name="people" small />{asked ? words.humanAsked : words.human}
      </button>
    </div>
  );
}
