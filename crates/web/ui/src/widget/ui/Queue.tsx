// What a visitor may know while waiting: the place, an honest estimate, and the ways out.
import { useState } from 'preact/hooks';
import type { ClientState } from '../../sdk/index.ts';
import { clock } from '../format.ts';
import { useApp } from './context.ts';

const bars = 8;

export function QueueCard({ state, lost }: { state: ClientState; lost: boolean }) {
  const { client, words } = useApp();
  const [asking, ask] = useState(false);
  const { session } = state;
  if (session.place == null) return <div class="box place"><p class="read">{words.queued}</p></div>;
  const ahead = session.place;
  const filled = Math.min(ahead, bars - 2);
  const at = lost && session.estimated_at ? clock(session.estimated_at) : null;
  const said = state.messages.some((m) => m.origin === 3) || state.pending.length > 0;
  return (
    <section class="box place" aria-live="polite">
      {ahead > 0 ? (
        <div class="n"><span>{words.ahead[0]}</span><b>{ahead}</b><span>{words.ahead[1]}</span></div>
      ) : (
        <div class="n"><b class="words">{words.next}</b></div>
      )}
      <div class="line" aria-hidden="true">
        {Array.from({ length: bars }, (_, n) => <u class={n < filled ? 'ok' : n === filled ? 'me' : ''} />)}
      </div>
      <p class="small">{session.estimate_s ? words.estimate(session.estimate_s[0], session.estimate_s[1], at) : words.kept}</p>
      {asking ? (
        <div class="ask">
          <p class="small">{said ? words.laterSure : words.laterEmpty}</p>
          <div class="row">
            {said && <button type="button" class="btn big grow" disabled={lost} onClick={() => client.signal({ op: 'leave' }) && ask(false)}>{words.leaveQueue}</button>}
            <button type="button" class="btn big grow" onClick={() => ask(false)}>{words.goOn}</button>
          </div>
        </div>
      ) : (
        <div class="row"><button type="button" class="btn big grow" onClick={() => ask(true)}>{words.later}</button></div>
      )}
    </section>
  );
}
