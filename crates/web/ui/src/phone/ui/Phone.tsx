// The phone itself: the list of chats, or one chat, and what lies over it.
import type { Chat } from '../api.ts';
import type { Bench } from '../bench.ts';
import { time } from '../format.ts';
import { ChatView } from './ChatView.tsx';
import { Place } from './Place.tsx';
import { Sheets } from './Sheets.tsx';
import { Face, Icon } from './parts.tsx';
import { brief } from './brief.ts';

export function Phone({ bench }: { bench: Bench }) {
  const chat = bench.chat;
  return (
    <div class="ph">
      <div class="scr">
        <div class="bar0" aria-hidden="true">
          <span>{time(bench.now)}</span>
          <span class="row">
            <Icon name="wifi" size="s" />
            86%
          </span>
        </div>
        {chat ? <ChatView key={`${chat.kind}${chat.target}`} bench={bench} chat={chat} /> : bench.place ? <Place key={bench.place} bench={bench} place={bench.place} /> : <Chats bench={bench} />}
        {bench.notice ? (
          <p class="toast" role="alert">
            <span class="grow">{bench.notice}</span>
            <button type="button" class="ib" aria-label={bench.words.close} onClick={() => bench.set({ notice: '' })}>
              <Icon name="close" size="s" />
            </button>
          </p>
        ) : null}
        <Sheets bench={bench} />
      </div>
    </div>
  );
}

const last = (chat: Chat) => chat.lines.at(-1)?.no ?? 0;

function Chats({ bench }: { bench: Bench }) {
  const { words } = bench;
  const chats = [...(bench.screen?.chats ?? [])].sort((a, b) => last(b) - last(a));
  return (
    <>
      <div class="nav0">
        <span />
        <b>{words.wechat}</b>
        <button type="button" class="ib" aria-label={words.change} onClick={() => bench.set({ sheet: { t: 'people' } })}>
          <Icon name="people" size="l" />
        </button>
      </div>
      {chats.length ? (
        <ul class="chats">
          {chats.map((chat) => (
            <li key={`${chat.kind}${chat.target}`}>
              <button type="button" onClick={() => bench.set({ open: { kind: chat.kind, target: chat.target } })}>
                <Face id={chat.target} name={chat.title} who={chat.kind === 'friend'} place={chat.kind !== 'friend'} size="l" />
                <span class="grow">
                  <span class="row">
                    <b class="grow cut">{chat.title}</b>
                    <span class="meta">{time(chat.lines.at(-1)?.at ?? bench.now)}</span>
                  </span>
                  <span class="row">
                    <span class="meta grow cut">{brief(chat.lines.at(-1), words)}</span>
                    {bench.unread(chat) ? <span class="count">{Math.min(bench.unread(chat), 99)}</span> : null}
                  </span>
                </span>
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <div class="none">
          <Icon name="chat" size="l" />
          <p>{words.noChats}</p>
          <button type="button" class="btn main" disabled={!bench.leads(bench.source)} onClick={() => bench.visit(bench.source)}>
            {words.sources[bench.source]?.[0] ?? words.enter}
          </button>
        </div>
      )}
    </>
  );
}
