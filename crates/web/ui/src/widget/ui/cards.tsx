// Messages that are more than words and pictures. Loaded when there is one, or while nothing else
// is to do: the first words should not wait for them.
import type { JSX } from 'preact';
import type { Message, MenuItem, Pending } from '../../sdk/index.ts';
import { opens } from '../format.ts';
import css from '../cards.css?inline';
import { FileCard } from './FileCard.tsx';
import { HandoffCard } from './Handoff.tsx';
import { Icon } from './Icon.tsx';
import { later } from './icons.cards.ts';
import { icons } from './icons.ts';
import { SurveyCard } from './Survey.tsx';
import { Text } from './Text.tsx';
import { useApp } from './context.ts';
import { useSaid } from './said.ts';

export { Ask } from './Ask.tsx';
export { Continue } from './Continue.tsx';
export { MenuItems } from './MenuItems.tsx';
export { NotSent } from './NotSent.tsx';
export { QueueCard } from './Queue.tsx';
export { Speak } from './Speak.tsx';
export { Viewer } from './Viewer.tsx';

Object.assign(icons, later);
try {
  // Made by script, a sheet needs no leave from a content policy that forbids inline styles.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
} catch {
  document.head.append(Object.assign(document.createElement('style'), { textContent: css }));
}

export interface CardProps { message: Message; onView: (url: string) => void; pending: Pending[] }

export function Content({ message, onView, pending }: CardProps): JSX.Element {
  const said = useSaid();
  const { text, video, voice, file, location, link, miniprogram, msgmenu, handoff, survey } = message;
  if (text) return <Answer text={text} />;
  if (video) return <FileCard kind="video" file={video} />;
  if (voice) return <FileCard kind="voice" file={voice} />;
  if (file) return <FileCard kind="file" file={file} />;
  if (handoff) return <HandoffCard handoff={handoff} onView={onView} />;
  if (survey) return <SurveyCard survey={survey} pending={pending} />;
  if (msgmenu) return <Menu menu={msgmenu} />;
  if (location) {
    const { latitude, longitude, name = '', address = '' } = location;
    const spot = `https://apis.map.qq.com/uri/v1/marker?marker=${encodeURIComponent(`coord:${Number(latitude)},${Number(longitude)};title:${name};addr:${address}`)}&referer=kefu`;
    return <Card icon="pin" title={name || said.location} about={address} href={spot} action={said.onMap} />;
  }
  if (link) return <Card icon="link" title={link.title || link.url} about={link.desc ?? ''} href={opens(link.url) ? link.url : null} />;
  if (miniprogram) return <Card icon="mini" title={miniprogram.title || said.mini} about={said.inWechat} href={null} />;
  const other = (message as unknown as Record<string, { title?: unknown; nickname?: unknown; content?: unknown } | undefined>)[message.msgtype];
  const title = [other?.title, other?.nickname, other?.content].find((value) => typeof value === 'string') as string | undefined;
  return title ? <Card icon="bag" title={title} about={said.inWechat} href={null} /> : <div class="bub quiet">{said.unsupported}</div>;
}

/** Words that answer an earlier message: who said it, its first words, then the words. */
function Answer({ text }: { text: NonNullable<Message['text']> }) {
  const { words } = useApp();
  const { quote } = text;
  const who = quote?.origin === 3 ? words.you : quote?.name;
  return (
    <div class="bub">
      <div class="quo">{who && <bdi>{who}{words.colon}</bdi>}{quote?.preview || (quote?.msgtype === 'image' ? words.picture : '…')}</div>
      <Text text={text.content} />
    </div>
  );
}

function Card({ icon, title, about, href, action }: { icon: 'pin' | 'link' | 'mini' | 'bag'; title: string; about: string; href: string | null; action?: string }) {
  const inner = (
    <>
      <span class="ic"><Icon name={icon} /></span>
      <span class="grow">
        <bdi class="small name">{title}</bdi>
        {(about || action) && <span class="meta cut2">{[about, action].filter(Boolean).join(' · ')}</span>}
      </span>
    </>
  );
  return href ? <a class="box fl" href={href} target="_blank" rel="noopener noreferrer nofollow">{inner}</a> : <div class="box fl">{inner}</div>;
}

function Menu({ menu }: { menu: NonNullable<Message['msgmenu']> }) {
  return (
    <div class="box mn">
      {menu.head_content && <p><Text text={menu.head_content} /></p>}
      <ul>{menu.list.map((item) => <li><Choice item={item} /></li>)}</ul>
      {menu.tail_content && <p class="meta"><Text text={menu.tail_content} /></p>}
    </div>
  );
}

function Choice({ item }: { item: MenuItem }) {
  const { client } = useApp();
  const said = useSaid();
  const { click, view, miniprogram, text } = item;
  if (click) return <button type="button" class="btn big" onClick={() => client.sendText(click.content, click.id)}>{click.content}</button>;
  if (view && opens(view.url)) return <a class="btn big" href={view.url} target="_blank" rel="noopener noreferrer">{view.content}<Icon name="right" small /></a>;
  return <span class="small">{miniprogram ? `${miniprogram.content} · ${said.inWechat}` : (text?.content ?? view?.content ?? '')}</span>;
}
