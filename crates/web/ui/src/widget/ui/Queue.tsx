// What a visitor may know while waiting: the place, an honest estimate, and the ways out.
import { useState } from 'preact/hooks';
import type { ClientState } from '../../sdk/index.ts';
import { clock } from '../format.ts';
import { Continue } from './Continue.tsx';
import { useApp } from './context.ts';
import { useSaid } from './said.ts';

const bars = 8;

export function QueueCard({ state, lost }: { state: ClientState; lost: boolean }) {
  const { client, words } = useApp();
  const said = useSaid();
  const [asking, ask] = useState(false);
  const [going, go] = useState(false);
  const { session } = state;
  if (session.place == null) return <div class="box place"><p class="read">{words.queued}</p></div>;
  const ahead = session.place;
  const filled = Math.min(ahead, bars - 2);
  const at = lost && session.estimated_at ? clock(session.estimated_at) : null;
  const wrote = state.messages.some((m) => m.origin === 3) || state.pending.length > 0;
  return (
    <section class="box place" aria-live="polite">
      {ahead > 0 ? (
        <div class="n"><span>{said.ahead[0]}</span><b>{ahead}</b><span>{said.ahead[1]}</span></div>
      ) : (
        <div class="n"><b class="words">{said.next}</b></div>
      )}
      <div class="line" aria-hidden="true">
        {Array.from({ length: bars }, (_, n) => <u class={n < filled ? 'ok' : n === filled ? 'me' : ''} />)}
      </div>
      <p class="small">{session.estimate_s ? said.estimate(session.estimate_s[0], session.estimate_s[1], at) : said.kept}</p>
      {asking ? (
        <div class="ask">
          <p class="small">{wrote ? said.laterSure : said.laterEmpty}</p>
          <div class="row">
            {wrote && <button type="button" class="btn big grow" disabled={lost} onClick={() => client.signal({ op: 'leave' }) && ask(false)}>{said.leaveQueue}</button>}
            <button type="button" class="btn big grow" onClick={() => ask(false)}>{said.goOn}</button>
          </div>
        </div>
      ) : (
        <div class="row">
          <button type="button" class="btn big grow" onClick={() => ask(true)}>{said.later}</button>
          {state.kf?.continue && <button type="button" class="btn big grow" disabled={lost} onClick={() => go(true)}>{said.wechat}</button>}
        </div>
      )}
      {going && <Continue onClose={() => go(false)} />}
    </section>
  );
}
