// Five answers and a word. Choosing one is already an answer: it is sent with the comment, or by
// itself when the visitor goes away or falls silent.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Pending, SurveyContent } from '../client.ts';
import { Icon } from './Icon.tsx';
import { useApp } from './context.ts';

const silenceMs = 25_000;

export function SurveyCard({ survey, pending }: { survey: SurveyContent; pending: Pending[] }) {
  const { client, words } = useApp();
  const under = pending.find((entry) => entry.frame.op === 'rate' && entry.frame.session_id === survey.session_id);
  const sent = under?.frame.op === 'rate' ? under.frame : undefined;
  const given = survey.score ?? sent?.score ?? null;
  const [chosen, choose] = useState<number | null>(null);
  const [comment, write] = useState('');
  const answer = useRef({ chosen, comment, given });
  answer.current = { chosen, comment, given };

  const submit = () => {
    const { chosen: score, comment: text, given: before } = answer.current;
    if (score === null || before !== null) return;
    // Only once, whoever asks: button, silence or leaving.
    answer.current.given = score;
    client.rate(survey.session_id, score, text.trim());
  };

  useEffect(() => {
    if (chosen === null || given !== null) return;
    const timer = setTimeout(submit, silenceMs);
    return () => clearTimeout(timer);
  }, [chosen, comment, given]);

  useEffect(() => {
    const leaving = () => document.visibilityState === 'hidden' && submit();
    document.addEventListener('visibilitychange', leaving);
    window.addEventListener('kefu:hidden', submit);
    return () => {
      document.removeEventListener('visibilitychange', leaving);
      window.removeEventListener('kefu:hidden', submit);
      submit();
    };
  }, []);

  const shown = given ?? chosen;
  const label = survey.options.find((option) => option.score === given)?.label;
  const ordered = [...survey.options].sort((a, b) => a.score - b.score);
  return (
    <section class="box sv" aria-label={survey.question}>
      <b>{survey.question}</b>
      <div class="q5" role="radiogroup" aria-label={survey.question} style={{ '--n': String(ordered.length) }}>
        {ordered.map((option) => (
          <button type="button" role="radio" aria-checked={shown === option.score} class={shown === option.score ? 'on' : ''}
            disabled={given !== null && given !== option.score} onClick={() => given === null && choose(option.score)}>
            {option.label}
          </button>
        ))}
      </div>
      {given !== null ? (
        <p class="meta done"><Icon name="done" small />{words.thanks}{label ? <span class="vh">{label}</span> : null}</p>
      ) : (
        chosen !== null && (
          <form class="say-more" onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}>
            <textarea rows={2} maxLength={500} aria-label={words.comment} placeholder={words.comment} value={comment} onInput={(event) => write(event.currentTarget.value)} />
            <button type="submit" class="btn main big">{words.submit}</button>
          </form>
        )
      )}
    </section>
  );
}
