// The right column: what the platform sees. Credits, scanning, traffic both ways.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Bench } from '../bench.ts';
import { row, time, until } from '../format.ts';
import { Icon, Pips } from './parts.tsx';

export function Platform({ bench }: { bench: Bench }) {
  const { words } = bench;
  return (
    <section class="side r" aria-label={words.seen}>
      <div class="row head">
        <h2 class="grow page-title">{words.seen}</h2>
        <button type="button" class="btn low" onClick={() => void bench.clearCalls()}>
          {words.clear}
        </button>
      </div>
      <Quota bench={bench} />
      <Scan bench={bench} />
      <Traffic bench={bench} />
    </section>
  );
}

function Quota({ bench }: { bench: Bench }) {
  const { words } = bench;
  const chat = bench.countedChat;
  const left = chat?.credits?.left ?? 0;
  const end = chat?.credits?.until_ms;
  const [before, count] = words.mayStill(left);
  return (
    <section>
      <h3>
        {words.quota} <span class="meta">{words.quotaHint}</span>
        {chat?.service_state === undefined ? null : <span class="tag state">{words.states[chat.service_state]}</span>}
      </h3>
      <p class="row quota">
        <Pips left={left} of={Math.max(5, left)} />
        {end ? (
          <span class="small">
            {before}
            <b>{count}</b>
            {words.lang === 'en' ? ', ' : '，'}
            <b>{words.left(...until(end, bench.now))}</b>
          </span>
        ) : (
          <span class="small quiet0">{words.noQuota}</span>
        )}
      </p>
    </section>
  );
}

function Scan({ bench }: { bench: Bench }) {
  const { words } = bench;
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const take = (files: FileList | null | undefined) => {
    const picture = [...(files ?? [])].find((file) => file.type.startsWith('image/'));
    if (picture) void bench.scanPicture(picture);
  };
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      // A field takes what is pasted into it; anywhere else a picture is scanned.
      if (event.target instanceof HTMLElement && /^(TEXTAREA|INPUT)$/.test(event.target.tagName)) return;
      take(event.clipboardData?.files);
      const words = event.clipboardData?.getData('text').trim() ?? '';
      if (/^https?:\/\//.test(words)) void bench.scanWords(words, 'code');
    };
    document.addEventListener('paste', paste);
    return () => document.removeEventListener('paste', paste);
  }, []);
  return (
    <section>
      <h3>{words.scan}</h3>
      <div
        class={`row drop ${over ? 'over' : ''}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          take(event.dataTransfer?.files);
        }}
      >
        <Icon name="scan" size="l" />
        <span class="small grow">
          {words.drop}
          <br />
          <span class="meta">{words.dropHint}</span>
        </span>
        <button type="button" class="btn low" onClick={() => input.current?.click()}>
          {words.pick}
        </button>
        <input
          ref={input}
          class="vh"
          type="file"
          accept="image/*"
          tabIndex={-1}
          aria-hidden="true"
          onChange={(event) => {
            take(event.currentTarget.files);
            event.currentTarget.value = '';
          }}
        />
      </div>
    </section>
  );
}

function Traffic({ bench }: { bench: Bench }) {
  const { words } = bench;
  return (
    <section class="traffic">
      <h3>
        {words.traffic}
        <span class="meta">
          <span class="d in">←</span> {words.pushes}
        </span>
        <span class="meta">
          <span class="d out">→</span> {words.calls}
        </span>
      </h3>
      {bench.calls.length ? (
        <ul class="log" tabIndex={0} aria-label={words.traffic}>
          {bench.calls.map((call) => {
            const { title, end, bad, note } = row(call, words);
            return (
              <li key={call.no} title={call.body}>
                <span class="mono">{time(call.at, true)}</span>
                <span class={`d ${call.way === 'call' ? 'out' : 'in'}`}>
                  <span aria-hidden="true">{call.way === 'call' ? '→' : '←'}</span>
                  <span class="vh">{call.way === 'call' ? words.calls : words.pushes}</span>
                </span>
                <span class={`cut mono what ${bad ? 'bad' : ''}`}>{title}</span>
                <span class={`mono ${bad ? 'bad' : ''}`}>{end}</span>
                {note ? <span class="s2 cut">{note}</span> : null}
              </li>
            );
          })}
        </ul>
      ) : (
        <p class="meta quiet0">{bench.corp && !bench.corp.callback_url ? words.noCallback : words.quiet}</p>
      )}
    </section>
  );
}
