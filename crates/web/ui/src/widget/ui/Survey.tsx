// Five answers and a word. A tap is an answer and is sent at once; a comment goes after it, and the
// last answer counts.
import { useState } from 'preact/hooks';
import type { Pending, SurveyContent } from '../../sdk/index.ts';
import { Icon } from './Icon.tsx';
import { useApp } from './context.ts';
import { useSaid } from './said.ts';

export function SurveyCard({ survey, pending }: { survey: SurveyContent; pending: Pending[] }) {
  const { client } = useApp();
  const said = useSaid();
  const [comment, write] = useState('');
  const [asking, ask] = useState(false);
  // An answer on its way counts before the one that the server has.
  let score = survey.score ?? null;
  for (const { frame } of pending) if (frame.op === 'rate' && frame.session_id === survey.session_id) score = frame.score;
  const ordered = [...survey.options].sort((a, b) => a.score - b.score);

  const choose = (next: number) => {
    if (next !== score && client.rate(survey.session_id, next, '')) ask(true);
  };
  return (
    <section class="box sv" aria-label={survey.question}>
      <b>{survey.question}</b>
      <div class="q5" role="group" aria-label={survey.question} style={{ '--n': String(ordered.length) }}>
        {ordered.map((option) => (
          <button type="button" aria-pressed={score === option.score} class={score === option.score ? 'on' : ''} onClick={() => choose(option.score)}>
            {option.label}
          </button>
        ))}
      </div>
      {asking && (
        <form class="say-more" onSubmit={(event) => {
          event.preventDefault();
          if (score !== null && comment.trim()) client.rate(survey.session_id, score, comment.trim());
          ask(false);
        }}>
          <textarea rows={2} maxLength={500} aria-label={said.comment} placeholder={said.comment} value={comment} onInput={(event) => write(event.currentTarget.value)} />
          <button type="submit" class="btn main big">{said.submit}</button>
        </form>
      )}
      {score !== null && !asking && <p class="meta done"><Icon name="done" small />{said.thanks}</p>}
    </section>
  );
}
