// What lies over the phone: a code that was read, a picture, the people one can be.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Seen } from '../api.ts';
import type { Bench } from '../bench.ts';
import { Face, Icon } from './parts.tsx';

export function Sheets({ bench }: { bench: Bench }) {
  const { sheet, words } = bench;
  if (!sheet) return null;
  switch (sheet.t) {
    case 'seen':
      return <Code bench={bench} seen={sheet.seen} from={sheet.from === 'card' ? words.fromCard : words.fromCode} />;
    case 'picture':
      return (
        <Over bench={bench} label={words.kinds.image ?? ''} whole>
          <img class="large" src={`/sim/media/${encodeURIComponent(sheet.media)}`} alt="" />
          <button type="button" class="btn main" onClick={() => void bench.scanMedia(sheet.media)}>
            <Icon name="scan" size="s" />
            {words.scanThis}
          </button>
          <Close bench={bench} label={words.close} />
        </Over>
      );
    case 'mini':
      return (
        <Over bench={bench} label={words.mini}>
          <b class="up-name">{words.mini}</b>
          <dl>
            <dt class="raw">appid</dt>
            <dd class="mono">{sheet.appid}</dd>
            <dt class="raw">pagepath</dt>
            <dd class="mono">{sheet.pagepath}</dd>
          </dl>
          <p class="meta">{words.miniSub}</p>
          <Close bench={bench} label={words.close} />
        </Over>
      );
    case 'more':
      return <More bench={bench} />;
    case 'people':
      return <People bench={bench} />;
  }
}

/** A dialog at the foot of the phone: takes the focus, gives it back, closes with Escape. */
function Over({ bench, label, whole = false, children }: { bench: Bench; label: string; whole?: boolean; children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    box.current?.querySelector<HTMLElement>('button, a, input')?.focus({ preventScroll: true });
    return () => before?.focus?.({ preventScroll: true });
  }, []);
  const close = () => bench.set({ sheet: null });
  return (
    <div
      class="over"
      onKeyDown={(event) => {
        if (event.key === 'Escape') close();
        if (event.key === 'Tab') keepInside(event, box.current);
      }}
    >
      <button type="button" class="veil" tabIndex={-1} aria-hidden="true" onClick={close} />
      <div class={`up ${whole ? 'whole' : ''}`} role="dialog" aria-modal="true" aria-label={label} ref={box}>
        {children}
      </div>
    </div>
  );
}

function keepInside(event: KeyboardEvent, box: HTMLElement | null): void {
  const stops = [...(box?.querySelectorAll<HTMLElement>('button:not([disabled]), a[href], input') ?? [])];
  const first = stops[0];
  const last = stops.at(-1);
  if (event.shiftKey && document.activeElement === first) {
    event.preventDefault();
    last?.focus();
  } else if (!event.shiftKey && document.activeElement === last) {
    event.preventDefault();
    first?.focus();
  }
}

function Close({ bench, label }: { bench: Bench; label: string }) {
  return (
    <button type="button" class="btn quiet" onClick={() => bench.set({ sheet: null })}>
      {label}
    </button>
  );
}

function Head({ id, name, sub, who, tag }: { id: string; name: string; sub: string; who: boolean; tag: string }) {
  return (
    <div class="row up-head">
      <Face id={id} name={name} who={who} place={!who} size="l" />
      <span class="grow">
        <b class="up-name">{name}</b>
        <span class="small up-sub">{sub}</span>
      </span>
      <span class="tag">
        <Icon name="scan" size="s" />
        {tag}
      </span>
    </div>
  );
}

function Code({ bench, seen, from }: { bench: Bench; seen: Seen; from: string }) {
  const { words } = bench;
  switch (seen.kind) {
    case 'contact_way':
      return (
        <Over bench={bench} label={seen.name}>
          <Head id={seen.userid} name={seen.name} sub={[seen.corp, seen.title].filter(Boolean).join(' · ')} who tag={from} />
          <dl>
            <dt>{words.company}</dt>
            <dd>{seen.corp}</dd>
            {seen.state ? <dt class="raw">{words.state}</dt> : null}
            {seen.state ? <dd class="mono">{seen.state}</dd> : null}
          </dl>
          {seen.added ? (
            <>
              <p class="done">
                <Icon name="done" size="s" />
                {words.added}
              </p>
              <button type="button" class="btn main" onClick={() => void bench.show('friend', seen.userid)}>
                {words.message}
              </button>
            </>
          ) : (
            <button type="button" class="btn main" onClick={() => void bench.add(seen.config_id, seen.payload)}>
              {words.add}
            </button>
          )}
          <Close bench={bench} label={words.later} />
        </Over>
      );
    case 'join_way':
      return (
        <Over bench={bench} label={seen.name}>
          <Head id={seen.chat_id} name={seen.name} sub={words.groupSub(seen.corp)} who={false} tag={from} />
          <dl>
            <dt>{words.members}</dt>
            <dd>
              {seen.members} / {seen.limit}
            </dd>
            {seen.state ? <dt class="raw">{words.state}</dt> : null}
            {seen.state ? <dd class="mono">{seen.state}</dd> : null}
          </dl>
          {seen.joined ? (
            <>
              <p class="done">
                <Icon name="done" size="s" />
                {words.joined}
              </p>
              <button type="button" class="btn main" onClick={() => void bench.show('group', seen.chat_id)}>
                {words.message}
              </button>
            </>
          ) : (
            <button type="button" class="btn main" disabled={seen.full} onClick={() => void bench.join(seen.config_id)}>
              {seen.full ? words.full : words.join}
            </button>
          )}
          <Close bench={bench} label={words.later} />
        </Over>
      );
    case 'scene_code':
      return (
        <Over bench={bench} label={seen.name}>
          <Head id={seen.appid} name={seen.name} sub={words.officialAccount} who={false} tag={from} />
          <dl>
            <dt class="raw">scene</dt>
            <dd class="mono">{seen.scene}</dd>
          </dl>
          <button type="button" class="btn main" onClick={() => void bench.followCode(seen.payload)}>
            {seen.followed ? words.openOfficial : words.follow}
          </button>
          <Close bench={bench} label={words.later} />
        </Over>
      );
    case 'kf_link':
      return (
        <Over bench={bench} label={seen.name}>
          <Head id={seen.open_kfid} name={seen.name} sub={words.kfSub} who={false} tag={from} />
          <dl>
            {seen.scene ? <dt class="raw">scene</dt> : null}
            {seen.scene ? <dd class="mono">{seen.scene}</dd> : null}
            {seen.scene_param ? <dt class="raw">scene_param</dt> : null}
            {seen.scene_param ? <dd class="mono">{seen.scene_param}</dd> : null}
          </dl>
          <button type="button" class="btn main" onClick={() => void bench.enterLink(seen.payload)}>
            {words.openKf}
          </button>
          <Close bench={bench} label={words.later} />
        </Over>
      );
    default: {
      const page = seen.kind === 'url';
      return (
        <Over bench={bench} label={page ? words.urlSub : words.textSub}>
          <b class="up-name">{page ? words.urlSub : words.textSub}</b>
          <p class="payload mono">{seen.payload}</p>
          {page ? (
            <a class="btn main" href={seen.payload} target="_blank" rel="noopener noreferrer" onClick={() => bench.set({ sheet: null })}>
              {words.openUrl}
            </a>
          ) : null}
          <Close bench={bench} label={words.close} />
        </Over>
      );
    }
  }
}

function More({ bench }: { bench: Bench }) {
  const { words, chat } = bench;
  if (!chat) return null;
  const label = chat.kind === 'friend' ? words.removeFriend : chat.kind === 'group' ? words.leaveGroup : chat.followed ? words.unfollow : chat.refusing ? words.accept : words.refuse;
  return (
    <Over bench={bench} label={words.more}>
      <b class="up-name">{chat.title}</b>
      <button type="button" class={`btn wide ${chat.refusing ? '' : 'late'}`} onClick={() => void bench.part(chat)}>
        {label}
      </button>
      <Close bench={bench} label={words.close} />
    </Over>
  );
}

function People({ bench }: { bench: Bench }) {
  const { words } = bench;
  return (
    <Over bench={bench} label={words.change}>
      <b class="up-name">{words.who}</b>
      <ul class="people">
        {bench.people.map((person) => (
          <li key={person.customer}>
            <button type="button" aria-current={person.customer === bench.me ? 'true' : undefined} onClick={() => bench.be(person.customer)}>
              <Face id={person.customer} name={person.name} />
              <span class="grow cut">{person.name}</span>
              {person.customer === bench.me ? <Icon name="done" size="s" /> : <span class="meta">{words.identities(person.chats)}</span>}
            </button>
          </li>
        ))}
      </ul>
      <button type="button" class="btn main" onClick={() => bench.newPerson()}>
        <Icon name="plus" size="s" />
        {words.newPerson}
      </button>
      <Close bench={bench} label={words.close} />
    </Over>
  );
}
