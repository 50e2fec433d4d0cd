// The thread: scrolls by itself only while its end is in view, so that nothing moves under the
// eyes of someone who reads further up.
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ClientState } from '../../sdk/index.ts';
import { clock } from '../format.ts';
import { backAgain, resting } from '../hours.ts';
import { rows } from '../rows.ts';
import { Icon } from './Icon.tsx';
import { MessageRow, PendingRow } from './Message.tsx';
import { useApp } from './context.ts';
import { fetchCards, useCards } from './later.ts';

const nearEnd = 48;

export function Thread({ state, lost, shown }: { state: ClientState; lost: boolean; shown: boolean }) {
  const { client, words } = useApp();
  const box = useRef<HTMLDivElement>(null);
  const flow = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const top = useRef(0);
  const fromEnd = useRef<number | null>(null);
  const [below, setBelow] = useState(false);
  const [picture, setPicture] = useState<string | null>(null);

  const toEnd = useCallback(() => {
    const { current } = box;
    if (current) current.scrollTop = current.scrollHeight;
  }, []);

  const read = useCallback(() => {
    if (shown && atEnd.current && document.visibilityState === 'visible') client.markRead();
  }, [client, shown]);

  const onScroll = () => {
    const { current } = box;
    if (!current) return;
    // Only who scrolls up leaves the end; what grows below them, as a picture that loads, does not.
    if (current.scrollHeight - current.scrollTop - current.clientHeight < nearEnd) atEnd.current = true;
    else if (current.scrollTop < top.current) atEnd.current = false;
    top.current = current.scrollTop;
    if (atEnd.current) {
      setBelow(false);
      read();
    }
    if (current.scrollTop < 80 && state.hasEarlier) earlier();
  };

  const earlier = () => {
    const { current } = box;
    if (state.loadingEarlier || !current) return;
    fromEnd.current = current.scrollHeight - current.scrollTop;
    void client.loadEarlier();
  };

  const last = state.messages.at(-1)?.seq ?? 0;
  const own = state.pending.length + state.messages.filter((m) => m.origin === 3).length;
  useLayoutEffect(() => {
    if (atEnd.current) toEnd();
    else setBelow(true);
    read();
  }, [last, read, toEnd]);
  // What one says oneself is always looked at.
  useLayoutEffect(() => {
    atEnd.current = true;
    toEnd();
  }, [own, toEnd]);
  useLayoutEffect(() => {
    const { current } = box;
    if (current && fromEnd.current !== null && !state.loadingEarlier) {
      current.scrollTop = current.scrollHeight - fromEnd.current;
      fromEnd.current = null;
    }
  }, [state.loadingEarlier]);

  // Pictures that load, a keyboard that opens, a card that grows: the end stays the end.
  useEffect(() => {
    if (typeof ResizeObserver === 'undefined' || !flow.current || !box.current) return;
    const watch = new ResizeObserver(() => atEnd.current && toEnd());
    watch.observe(flow.current);
    watch.observe(box.current);
    return () => watch.disconnect();
  }, [toEnd]);
  useEffect(() => {
    if (!state.loaded) return;
    const timer = setTimeout(() => {
      fetchCards().catch(() => {});
      client.acts().catch(() => {});
    }, 1500);
    return () => clearTimeout(timer);
  }, [client, state.loaded]);
  useEffect(() => {
    read();
    document.addEventListener('visibilitychange', read);
    return () => document.removeEventListener('visibilitychange', read);
  }, [read]);

  const now = Date.now();
  const list = rows(state, words, now);
  const alone = state.session.service_state !== 3 && state.session.service_state !== 2 && resting(state, now);

  return (
    <div class="wf" ref={box} onScroll={onScroll}>
      <div class="flow" ref={flow}>
        {state.hasEarlier && (
          <button type="button" class="btn quiet earlier" onClick={earlier} aria-busy={state.loadingEarlier}>{state.loadingEarlier ? words.loading : words.earlier}</button>
        )}
        {state.session.service_state === 2 && <Waiting state={state} lost={lost} />}
        {alone && (
          <section class="box rest">
            <b>{backAgain(state, now, words) || words.offHours}</b>
            <p class="small">{state.kf?.promise || words.offHoursHint}</p>
          </section>
        )}
        <div class="log" role="log" aria-live="polite" aria-relevant="additions" aria-label={words.messages} aria-busy={state.loadingEarlier || !state.loaded}>
          {list.map((row) => {
            switch (row.kind) {
              case 'time':
                return <div key={row.key} class="sys time">{row.text}</div>;
              case 'note':
                return <div key={row.key} class="sys"><bdi>{row.text}</bdi>{row.at ? ` ${clock(row.at)}` : ''}</div>;
              case 'message':
                return <MessageRow key={row.key} row={row} onView={setPicture} pending={state.pending} />;
              default:
                return <PendingRow key={row.key} row={row} onView={setPicture} lost={lost} />;
            }
          })}
        </div>
        {!state.loaded && !list.length && <Empty lost={lost} />}
        {state.prechat && <Asked state={state} />}
        {state.typing !== null && <div class="typing"><bdi>{words.typing(state.typing || (state.session.agent?.name ?? ''))}</bdi></div>}
      </div>
      {below && <button type="button" class="pill" onClick={toEnd}><Icon name="down" small />{words.newBelow}</button>}
      {picture && <Large url={picture} onClose={() => setPicture(null)} />}
    </div>
  );
}

function Waiting(props: { state: ClientState; lost: boolean }) {
  const cards = useCards();
  return cards && <cards.QueueCard {...props} />;
}

function Asked({ state }: { state: ClientState }) {
  const cards = useCards();
  return cards && state.prechat && <cards.Ask ask={state.prechat} />;
}

function Large({ url, onClose }: { url: string; onClose: () => void }) {
  const { words } = useApp();
  const cards = useCards();
  return cards && <cards.Viewer url={url} alt={words.picture} onClose={onClose} />;
}

/** Before anything came: grey bars after a moment, words if it takes long. */
function Empty({ lost }: { lost: boolean }) {
  const { words } = useApp();
  const [slow, set] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => set(true), 200);
    return () => clearTimeout(timer);
  }, []);
  if (lost) return <div class="none"><b>{words.loadFailed}</b><p class="small">{words.loadFailedHint}</p></div>;
  return slow ? <div class="bones" role="status" aria-label={words.loading}><u /><u /><u /></div> : null;
}
