// The left column: who I am, where I come from, what is wrong today, what time it is.
import { useState } from 'preact/hooks';
import type { IconName } from '@kit/icons.ts';
import { type Bench, switches } from '../bench.ts';
import { dateTime } from '../format.ts';
import { sources } from '../sources.ts';
import { Face, Icon } from './parts.tsx';

const faultIcons: Record<string, IconName> = { repeat: 'again', late: 'clock', reorder: 'split', drop: 'close', rate: 'warn', token: 'lock', busy: 'filter', lost: 'cloud' };

export function Source({ bench }: { bench: Bench }) {
  const { words } = bench;
  return (
    <section class="side l" aria-label={words.tabs.source}>
      <div class="row head">
        <h2 class="grow cut page-title">{words.title}</h2>
        <span class="tag">{words.unreal}</span>
        <button type="button" class="ib" aria-label={words.dark} title={words.dark} onClick={() => bench.toggleTheme()}>
          <Icon name={bench.theme === 'dark' ? 'sun' : 'moon'} />
        </button>
        <button type="button" class="btn low quiet" lang={words.lang === 'en' ? 'zh-CN' : 'en'} onClick={() => void bench.setLanguage(words.lang === 'en' ? 'zh-CN' : 'en')}>
          {words.other}
        </button>
      </div>
      <Who bench={bench} />
      <Entrances bench={bench} />
      <Faults bench={bench} />
      <Clock bench={bench} />
    </section>
  );
}

function Who({ bench }: { bench: Bench }) {
  const { words, screen } = bench;
  const known = bench.people.find((person) => person.customer === bench.me);
  const name = screen?.name ?? known?.name ?? '';
  const unionid = screen?.unionid ?? known?.unionid ?? '';
  return (
    <section>
      <h3>{words.who}</h3>
      <div class="row who">
        {name ? <Face id={bench.me} name={name} /> : <span class="av h7"><Icon name="people" /></span>}
        <span class="grow">
          <span class="small b">{name || words.newPerson}</span>
          <br />
          <span class="meta raw cut block">{unionid ? `unionid ${unionid.slice(0, 4)}…${unionid.slice(-3)} · ${words.identities(screen?.chats.length ?? 0)}` : words.nobody}</span>
        </span>
        <button type="button" class="btn low" aria-haspopup="dialog" onClick={() => bench.set({ sheet: { t: 'people' }, tab: 'phone' })}>
          {words.change}
        </button>
      </div>
    </section>
  );
}

function Entrances({ bench }: { bench: Bench }) {
  const { words, corp } = bench;
  const [link, setLink] = useState('');
  return (
    <section>
      <h3>
        {words.from} <span class="meta">{words.fromHint}</span>
      </h3>
      {(corp?.accounts.length ?? 0) > 1 ? (
        <label class="row pick-account">
          <span class="meta">{words.account}</span>
          <select class="grow" value={bench.account} onChange={(event) => bench.set({ account: event.currentTarget.value })}>
            {corp?.accounts.map((one) => (
              <option key={one.open_kfid} value={one.open_kfid}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      <ul class="src">
        {Object.entries(sources).map(([key, { icon, app, inner }]) => {
          const on = bench.source === key && (bench.place === key || bench.chat?.kind === (app ?? 'kf'));
          // An app that the platform does not have is no way to anybody.
          if (inner || (app && !bench.app(app))) return null;
          const [title, hint] = words.sources[key] ?? [key, ''];
          return (
            <li key={key}>
              <button type="button" class={on ? 'on' : ''} title={hint} aria-current={on ? 'true' : undefined} disabled={!bench.leads(key)} onClick={() => bench.visit(key)}>
                <span class="ic">
                  <Icon name={icon} />
                </span>
                <span class="grow">
                  <b class="cut">{title}</b>
                  <span class={`meta cut block ${key === 'link' ? 'mono' : ''}`}>{hint}</span>
                </span>
              </button>
            </li>
          );
        })}
      </ul>
      <form
        class="row paste"
        onSubmit={(event) => {
          event.preventDefault();
          if (link.trim()) void bench.enterLink(link.trim());
        }}
      >
        <input class="grow raw" type="url" value={link} placeholder={words.paste} aria-label={words.paste} onInput={(event) => setLink(event.currentTarget.value)} />
        <button type="submit" class="btn low" disabled={!link.trim()}>
          {words.open}
        </button>
      </form>
      <p class="meta paste-hint">{words.site}</p>
    </section>
  );
}

function Faults({ bench }: { bench: Bench }) {
  const { words } = bench;
  return (
    <section>
      <h3>{words.faults}</h3>
      <div class="sw">
        {Object.keys(switches()).map((name) => {
          const on = bench.faultOn(name);
          return (
            <button key={name} type="button" class={`btn low ${on ? 'on' : ''}`} aria-pressed={Boolean(on)} onClick={() => void bench.toggleFault(name)}>
              <Icon name={faultIcons[name] ?? 'warn'} size="s" />
              <span class="cut">{words.fault[name]}</span>
              {on?.struck ? <span class="struck">{on.struck}</span> : null}
            </button>
          );
        })}
      </div>
    </section>
  );
}

function Clock({ bench }: { bench: Bench }) {
  const { words } = bench;
  const moved = Math.abs(bench.offset) > 5_000;
  return (
    <section class="clock">
      <span class="meta grow">
        {words.clock} <b class="block">{dateTime(bench.now, words.lang)}</b>
      </span>
      <span class="row">
        {moved ? (
          <button type="button" class="btn low" onClick={() => void bench.moveClock(null)}>
            {words.real}
          </button>
        ) : null}
        <button type="button" class="btn low" onClick={() => void bench.moveClock(3_600)}>
          {words.hour}
        </button>
        <button type="button" class="btn low" onClick={() => void bench.moveClock(48 * 3_600)}>
          {words.twoDays}
        </button>
      </span>
    </section>
  );
}
