// The field: Enter sends, but never the Enter that ends a Chinese composition.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ClientState } from '../../sdk/index.ts';
import { backAgain, resting } from '../hours.ts';
import { Icon } from './Icon.tsx';
import { useApp } from './context.ts';
import { useCards } from './later.ts';

const typingEveryMs = 4000;

export function Composer({ state, focus, prefill }: {
  state: ClientState;
  /** Grows when the field should take the focus. */
  focus: number;
  prefill: { text: string; turn: number };
}) {
  const { client, words, phone } = useApp();
  const [text, setText] = useState(() => client.draft);
  const field = useRef<HTMLTextAreaElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const typed = useRef({ at: 0, stop: undefined as ReturnType<typeof setTimeout> | undefined });
  const length = Array.from(text).length;
  const limit = state.limits.text_chars;
  const full = state.pending.length >= 50;

  useEffect(() => client.on('reset', () => setText('')), [client]);
  useEffect(() => {
    if (focus && !phone) field.current?.focus({ preventScroll: true });
  }, [focus, phone]);
  useEffect(() => {
    if (!prefill.turn) return;
    // What the visitor has begun stays, and stands first.
    const begun = client.draft.trim();
    const next = begun.includes(prefill.text) ? begun : `${begun}\n${prefill.text}`.trim();
    setText(next);
    client.draft = next;
  }, [prefill, client]);
  useLayoutEffect(() => {
    const { current } = field;
    if (!current) return;
    current.style.height = 'auto';
    current.style.height = `${Math.min(current.scrollHeight, 132)}px`;
  }, [text]);

  const stopTyping = () => {
    clearTimeout(typed.current.stop);
    if (typed.current.at) client.signal({ op: 'typing', on: false });
    typed.current.at = 0;
  };
  const input = (value: string) => {
    setText(value);
    client.draft = value;
    if (!value.trim()) return stopTyping();
    const now = Date.now();
    if (now - typed.current.at > typingEveryMs && client.signal({ op: 'typing', on: true })) typed.current.at = now;
    clearTimeout(typed.current.stop);
    typed.current.stop = setTimeout(stopTyping, typingEveryMs + 1000);
  };
  const send = () => {
    if (!client.sendText(text)) {
      field.current?.focus();
      return;
    }
    setText('');
    client.draft = '';
    stopTyping();
    field.current?.focus();
  };
  const attach = (list: FileList | null | undefined) => {
    for (const file of Array.from(list ?? []).slice(0, 9)) client.sendFile(file);
  };

  const waits = state.session.service_state === 3;
  const now = Date.now();
  const back = backAgain(state, now, words);
  const placeholder = !waits && resting(state, now) ? (back ? words.leaveFor(back) : words.leaveMessage) : waits ? words.reply : state.messages.some((m) => m.origin === 3) ? words.goOnAsking : words.write;
  return (
    <form class={`wc${length > limit ? ' over' : ''}`} onSubmit={(event) => {
      event.preventDefault();
      send();
    }}>
      <textarea ref={field} rows={1} value={text} placeholder={placeholder} aria-label={placeholder} enterkeyhint="send" autocomplete="off"
        aria-invalid={length > limit} onInput={(event) => input(event.currentTarget.value)} onBlur={stopTyping}
        onKeyDown={(event) => {
          // 229: some browsers end the composition first and report its Enter with this code only.
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
          event.preventDefault();
          send();
        }}
        onPaste={(event) => {
          const list = event.clipboardData?.files;
          // Office programs put a picture of the words beside the words.
          if (!list?.length || event.clipboardData?.getData('text/plain')) return;
          event.preventDefault();
          attach(list);
        }} />
      {(length > limit * 0.9 || full) && <span class={`meta left${length > limit ? ' late' : ''}`} role="status">{full ? words.outboxFull : words.left(limit - length)}</span>}
      <input ref={files} type="file" multiple hidden tabIndex={-1} accept={state.limits.upload_types.join(',')} onChange={(event) => {
        attach(event.currentTarget.files);
        event.currentTarget.value = '';
      }} />
      <button type="button" class="ib" aria-label={words.attach} title={words.attach} onClick={() => files.current?.click()}><Icon name="clip" /></button>
      {phone && state.loaded && typeof MediaRecorder === 'function' && <Mic />}
      <button type="submit" class="go" aria-label={words.send} title={words.send} disabled={length > limit || full}><Icon name="send" /></button>
    </form>
  );
}

/** A phone has a microphone at hand and a small keyboard. */
function Mic() {
  const cards = useCards();
  return cards && <cards.Speak />;
}
