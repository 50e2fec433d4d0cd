// One open chat: its lines, and the field below them.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Chat } from '../api.ts';
import type { Bench } from '../bench.ts';
import { files, silence, tools } from '../cards.ts';
import { pause, time } from '../format.ts';
import { Bubble } from './Bubble.tsx';
import { MenuBar } from './MenuBar.tsx';
import { Face, Icon } from './parts.tsx';
import type { IconName } from '@kit/icons.ts';

export function ChatView({ bench, chat }: { bench: Bench; chat: Chat }) {
  const { words } = bench;
  const list = useRef<HTMLDivElement>(null);
  const count = chat.lines.at(-1)?.no ?? 0;
  const atEnd = useRef(true);
  const top = useRef(0);
  const toEnd = () => list.current?.scrollTo({ top: list.current.scrollHeight });
  const mine = chat.lines.at(-1)?.side === 'me';
  // Whoever reads further up stays there, unless they say something themselves.
  useLayoutEffect(() => {
    if (atEnd.current || mine) toEnd();
  }, [count, mine, bench.panel]);
  useEffect(() => {
    // Pictures make the talk longer when they arrive; whoever reads the end stays there.
    const box = list.current;
    if (!box?.firstElementChild) return;
    const grown = new ResizeObserver(() => atEnd.current && toEnd());
    grown.observe(box.firstElementChild);
    grown.observe(box);
    return () => grown.disconnect();
  }, []);
  const note = chat.kind === 'group' && chat.note ? `（${chat.note}）` : '';
  return (
    <>
      <div class="nav0">
        <button type="button" class="ib" aria-label={words.back} onClick={() => bench.set({ open: null, place: null, panel: null })}>
          <Icon name="left" size="l" />
        </button>
        <span class="cut">
          <b class="cut">
            {chat.title}
            {note}
          </b>
          {chat.kind === 'friend' && chat.half ? <span class="meta">{words.waiting}</span> : null}
          {chat.typing ? <span class="meta">{words.typing}</span> : null}
        </span>
        <button type="button" class="ib" aria-label={words.more} aria-haspopup="dialog" onClick={() => bench.set({ sheet: { t: 'more' } })}>
          <Icon name="more" size="l" />
        </button>
      </div>
      <div
        class="chat"
        ref={list}
        role="log"
        aria-label={chat.title}
        tabIndex={0}
        onScroll={(event) => {
          const box = event.currentTarget;
          // Only who scrolls up has left the end; a picture that has just come leaves it below, too.
          if (box.scrollHeight - box.scrollTop - box.clientHeight < 40) atEnd.current = true;
          else if (box.scrollTop < top.current) atEnd.current = false;
          top.current = box.scrollTop;
        }}
      >
        <div>
          {chat.lines.map((line, at) => (
            <div class="item" key={line.no}>
              {pause(chat.lines[at - 1]?.at, line.at) ? <p class="tip when">{time(line.at)}</p> : null}
              {line.recalled ? (
                // Of one's own taking back the platform puts a word at the end of the chat.
                line.side === 'me' ? null : <p class="tip">{words.recalled(chat.title)}</p>
              ) : line.side === 'tip' ? (
                <p class="tip">{line.msgtype === 'menu' ? words.tappedMenu(String(line.content?.content ?? '')) : String(line.content?.content ?? '')}</p>
              ) : (
                <div class={`ln ${line.side === 'me' ? 'me' : ''}`}>
                  {line.side === 'me' ? <Face id={bench.me} name={bench.screen?.name ?? ''} /> : <Face id={chat.target} name={chat.title} who={chat.kind === 'friend'} place={chat.kind !== 'friend'} />}
                  <Bubble bench={bench} chat={chat} line={line} />
                </div>
              )}
            </div>
          ))}
        </div>
      </div>
      {chat.kind === 'official_account' && !chat.followed ? <NotFollowed bench={bench} /> : <Field bench={bench} chat={chat} />}
    </>
  );
}

const faces = ['😀', '😂', '😊', '😍', '🤔', '😅', '😭', '😡', '👍', '👌', '🙏', '💪', '🎉', '❤️', '🌹', '🍵', '🎁', '📦', '🚚', '⏰', '✅'];
const toolIcons: Record<string, IconName> = { picture: 'pic', file: 'file', voice: 'mic', location: 'pin', product: 'bag', order: 'shop', mini: 'mini', link: 'link', post: 'live', merged: 'chat' };

function NotFollowed({ bench }: { bench: Bench }) {
  return (
    <div class="foot follow-again">
      <button type="button" class="btn main" onClick={() => void bench.follow('ADD_SCENE_PROFILE_LINK')}>
        {bench.words.follow}
      </button>
    </div>
  );
}

function Field({ bench, chat }: { bench: Bench; chat: Chat }) {
  const { words } = bench;
  const [draft, setDraft] = useState('');
  const picture = useRef<HTMLInputElement>(null);
  const file = useRef<HTMLInputElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const send = () => {
    const content = draft.trim();
    if (!content) return;
    setDraft('');
    void bench.say({ msgtype: 'text', text: { content } });
  };
  useEffect(() => {
    const box = field.current;
    if (!box) return;
    box.style.height = 'auto';
    box.style.height = `${Math.min(box.scrollHeight, 120)}px`;
  }, [draft]);
  const use = (tool: string) => {
    if (tool === 'picture') picture.current?.click();
    else if (tool === 'file') file.current?.click();
    else if (tool === 'voice') void bench.sendFile(silence(), 'voice');
    else void bench.say(tools[chat.kind][tool]?.(bench.nickname) ?? {});
  };
  const took = (input: HTMLInputElement) => {
    for (const one of input.files ?? []) void bench.sendFile(one);
    input.value = '';
  };
  const shown = [...files[chat.kind], ...Object.keys(tools[chat.kind])];
  return (
    <div class="foot">
      <div class="in0">
        <textarea
          ref={field}
          rows={1}
          value={draft}
          placeholder={words.say}
          aria-label={words.say}
          onInput={(event) => setDraft(event.currentTarget.value)}
          onPaste={(event) => {
            const one = [...(event.clipboardData?.files ?? [])][0];
            if (!one) return;
            event.preventDefault();
            void bench.sendFile(one);
          }}
          onKeyDown={(event) => {
            // Enter that ends the composing of Chinese does not send; 229 is Safari's way to say so.
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
            event.preventDefault();
            send();
          }}
        />
        <button type="button" class={`ib ${bench.panel === 'faces' ? 'on' : ''}`} aria-label={words.face} aria-expanded={bench.panel === 'faces'} onClick={() => bench.set({ panel: bench.panel === 'faces' ? null : 'faces' })}>
          <Icon name="face" size="l" />
        </button>
        {draft.trim() ? (
          <button type="button" class="btn main" onClick={send}>
            {words.send}
          </button>
        ) : (
          <button type="button" class={`ib ${bench.panel === 'tools' ? 'on' : ''}`} aria-label={words.plus} aria-expanded={bench.panel === 'tools'} onClick={() => bench.set({ panel: bench.panel === 'tools' ? null : 'tools' })}>
            <Icon name="plus" size="l" />
          </button>
        )}
        <input ref={picture} class="vh" type="file" accept="image/png,image/jpeg" tabIndex={-1} aria-hidden="true" onChange={(event) => took(event.currentTarget)} />
        <input ref={file} class="vh" type="file" tabIndex={-1} aria-hidden="true" onChange={(event) => took(event.currentTarget)} />
      </div>
      {chat.kind === 'official_account' ? <MenuBar bench={bench} /> : null}
      {bench.panel === 'faces' ? (
        <div class="faces">
          {faces.map((one) => (
            <button
              key={one}
              type="button"
              onClick={() => {
                setDraft(draft + one);
                field.current?.focus();
              }}
            >
              {one}
            </button>
          ))}
        </div>
      ) : null}
      {bench.panel === 'tools' ? (
        <div class="tools">
          {shown.map((tool) => (
            <button key={tool} type="button" onClick={() => use(tool)}>
              <span class="ic">
                <Icon name={toolIcons[tool] ?? 'plus'} size="l" />
              </span>
              {words.tools[tool]}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}
