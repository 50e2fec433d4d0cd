// One message, by its type. What cannot be shown says so; nothing breaks on missing fields.
import { useEffect, useState } from 'preact/hooks';
import { type Chat, fileAbout, type Line } from '../api.ts';
import type { Bench } from '../bench.ts';
import { known, picture, price } from '../cards.ts';
import { size } from '@kit/size.ts';
import { Icon } from './parts.tsx';
import { text } from './brief.ts';

interface Shown {
  bench: Bench;
  chat: Chat;
  line: Line;
}

const media = (id: unknown) => `/sim/media/${encodeURIComponent(text(id))}`;

/** Where a file is: a shop gives its address, the others an id. */
const source = (content: Record<string, unknown>) => text(content.cos_url) || media(content.media_id);

export function Bubble({ bench, chat, line }: Shown) {
  const { words } = bench;
  const content = line.content ?? {};
  const tap = () => line.msgid && void bench.tap(line.msgid);
  switch (line.msgtype) {
    case 'text':
      return <Words bench={bench} chat={chat} line={line} />;
    case 'image': {
      const url = text(content.pic_url);
      return (
        <button type="button" class="shot" aria-label={words.kinds.image} onClick={() => (url ? window.open(url, '_blank', 'noopener') : bench.set({ sheet: { t: 'picture', media: text(content.media_id) || (text(content.cos_url).split('/').at(-1) ?? ''), ...(line.msgid ? { msgid: line.msgid } : {}) } }))}>
          <img src={url || source(content)} alt="" loading="lazy" />
        </button>
      );
    }
    case 'video':
    case 'shortvideo':
      // A clip of the customer's own; there are no captions to be had.
      return <video class="shot" src={source(content)} controls preload="metadata" />;
    case 'voice':
      return (
        <span class="bub voice">
          <Icon name="mic" size="s" />
          {words.voice}
        </span>
      );
    case 'file':
      return <Sent address={source(content)} bench={bench} />;
    case 'msgmenu':
      return chat.kind === 'kf' ? <Menu bench={bench} chat={chat} line={line} /> : <Choices bench={bench} chat={chat} line={line} />;
    case 'news':
      return <News bench={bench} chat={chat} line={line} />;
    case 'music':
      return <Card title={text(content.title) || (words.kinds.music ?? '')} sub={text(content.description)} foot={host(text(content.musicurl))} picture={content.thumb_media_id ? media(content.thumb_media_id) : ''} onTap={tap} />;
    case 'mpnews':
    case 'mpnewsarticle':
    case 'wxcard':
      return <Card title={words.kinds[line.msgtype] ?? ''} sub={text(content.media_id) || text(content.article_id) || text(content.card_id)} foot={chat.title} icon="card" />;
    case 'miniprogrampage':
      return <Card title={text(content.title)} sub="" foot={words.mini} picture={text(content.thumb_url) || (content.thumb_media_id ? media(content.thumb_media_id) : '')} onTap={line.side === 'me' ? undefined : tap} />;
    case 'product_share': {
      const one = known(content.product_id);
      return <Card title={text(content.title) || (one?.title ?? text(content.product_id))} strong={price(content.price ?? one?.cents)} foot={words.storeProduct} picture={text(content.head_img) || picture(one?.picture ?? 'tea')} />;
    }
    case 'order_share':
      return <Card title={text(content.product_titles) || text(content.order_id)} strong={text(content.price_wording)} sub={text(content.state)} foot={`${words.storeOrder} ${text(content.order_id)}`} picture={text(content.head_img) || picture('dahongpao')} />;
    case 'merged_msg':
      return <Card title={text(content.title)} sub={mergedLines(content.item)} foot={words.kinds.merged_msg ?? ''} />;
    case 'link':
      return <Card title={text(content.title)} sub={text(content.desc) || text(content.description)} foot={host(text(content.url))} picture={text(content.pic_url) || text(content.picurl) || text(content.thumb_url) || (content.thumb_media_id ? media(content.thumb_media_id) : '')} onTap={chat.kind !== 'friend' && chat.kind !== 'group' && line.side === 'them' ? tap : () => void bench.scanWords(text(content.url), 'card')} />;
    case 'ca_link':
      return <Card title={words.kinds.ca_link ?? ''} sub={text(content.link_url)} foot={host(text(content.link_url))} onTap={tap} />;
    case 'miniprogram':
      return <Card title={text(content.title)} sub="" foot={words.mini} picture={content.thumb_media_id ? media(content.thumb_media_id) : ''} onTap={tap} />;
    case 'location':
      return <Card title={text(content.name)} sub={text(content.address)} foot={`${Number(content.latitude).toFixed(4)}, ${Number(content.longitude).toFixed(4)}`} icon="pin" />;
    case 'channels_shop_product':
      return <Card title={text(content.title)} strong={price(content.sales_price)} foot={words.product} picture={text(content.head_img)} />;
    case 'channels_shop_order':
      return <Card title={text(content.product_titles)} strong={text(content.price_wording)} sub={text(content.state)} foot={`${words.order} ${text(content.order_id)}`} picture={text(content.image_url)} />;
    case 'channels':
      return <Card title={text(content.title) || text(content.nickname)} sub={text(content.nickname)} foot={words.channels[Number(content.sub_type)] ?? words.channels[0] ?? ''} icon="live" />;
    case 'business_card':
      return <Card title={text(content.userid)} foot={words.kinds.business_card ?? ''} icon="card" />;
    default:
      return <span class="bub raw">{words.unknown(line.msgtype)}</span>;
  }
}

/** A file by its name and size, as the platform keeps them; by its kind until they are known. */
function Sent({ address, bench }: { address: string; bench: Bench }) {
  const [about, tell] = useState<{ name: string; bytes: number } | null>(null);
  useEffect(() => {
    let here = true;
    void fileAbout(address).then((found) => here && tell(found));
    return () => {
      here = false;
    };
  }, [address]);
  return (
    <a class="pc file" href={address} download={about?.name ?? ''}>
      <Icon name="file" size="l" />
      <span class="grow">
        <span class="small raw block">{about?.name || bench.words.fileSent}</span>
        {about?.bytes ? <span class="meta">{size(about.bytes)}</span> : null}
      </span>
    </a>
  );
}

/** Plain words. One's own can be taken back for two minutes: tap them first, as on a phone. */
function Words({ bench, chat, line }: Shown) {
  const [chosen, choose] = useState(false);
  const { words } = bench;
  const mine = line.side === 'me' && chat.kind === 'kf' && line.msgid !== undefined && bench.now - line.at < 120_000;
  const body = text(line.content?.content);
  if (!mine) return <span class="bub">{linked(body)}</span>;
  return (
    <span class="own">
      <button type="button" class="bub" aria-expanded={chosen} onClick={() => choose(!chosen)}>
        {body}
      </button>
      {chosen ? (
        <button type="button" class="btn low" onClick={() => line.msgid && void bench.recall(line.msgid)}>
          {words.recall}
        </button>
      ) : null}
    </span>
  );
}

/** Addresses in words become links; nothing else is read from them. */
function linked(words: string) {
  return words.split(/(https?:\/\/[^\s\u3000-\u9fff]+)/).map((part, at) =>
    at % 2 ? (
      <a key={at} class="raw" href={part} target="_blank" rel="noopener noreferrer">
        {part}
      </a>
    ) : (
      part
    ),
  );
}

interface Item {
  type?: string;
  click?: { id?: string; content?: string };
  view?: { content?: string };
  miniprogram?: { content?: string };
  text?: { content?: string };
}

function Menu({ bench, line }: Shown) {
  const content = line.content ?? {};
  const list = Array.isArray(content.list) ? (content.list as Item[]) : [];
  let place = -1;
  return (
    <div class="mn">
      {text(content.head_content) ? <p>{text(content.head_content)}</p> : null}
      {list.map((item, at) => {
        if (item.type === 'text') return <p key={at}>{text(item.text?.content).replaceAll('\\n', '\n')}</p>;
        place += 1;
        const index = place;
        const label = item.click?.content ?? item.view?.content ?? item.miniprogram?.content ?? '';
        const picked = line.picked !== undefined && (line.picked === item.click?.id || line.picked === item.click?.content);
        return (
          <button key={at} type="button" class={picked ? 'pick' : ''} aria-pressed={item.click ? picked : undefined} onClick={() => line.msgid && void bench.tap(line.msgid, index)}>
            <span class="grow">{label}</span>
            <Icon name={picked ? 'done' : 'right'} size="s" />
          </button>
        );
      })}
      {text(content.tail_content) ? <p>{text(content.tail_content)}</p> : null}
    </div>
  );
}

/** A menu of an official account: words that can be tapped, no buttons. */
function Choices({ bench, line }: Shown) {
  const content = line.content ?? {};
  const list = Array.isArray(content.list) ? (content.list as { id?: unknown; content?: string }[]) : [];
  return (
    <div class="bub choices">
      {text(content.head_content)}
      {list.map((item, index) => {
        const picked = line.picked !== undefined && line.picked === text(item.id);
        return (
          <button key={index} type="button" class={picked ? 'pick' : ''} aria-pressed={picked} onClick={() => line.msgid && void bench.tap(line.msgid, index)}>
            {item.content}
          </button>
        );
      })}
      {text(content.tail_content)}
    </div>
  );
}

/** Articles: the first large, the others in a row below it. */
function News({ bench, line }: Shown) {
  const articles = Array.isArray(line.content?.articles) ? (line.content.articles as Record<string, unknown>[]) : [];
  return (
    <div class="nw">
      {articles.map((article, index) => (
        <button key={index} type="button" onClick={() => line.msgid && void bench.tap(line.msgid, index)}>
          {text(article.picurl) ? <img src={text(article.picurl)} alt="" loading="lazy" /> : null}
          <b>{text(article.title)}</b>
          {index === 0 && text(article.description) ? <span class="meta two">{text(article.description)}</span> : null}
        </button>
      ))}
    </div>
  );
}

/** The first lines of a forwarded talk; each is JSON in a string. */
function mergedLines(items: unknown): string {
  const list = Array.isArray(items) ? (items as { sender_name?: string; msg_content?: string }[]) : [];
  return list
    .slice(0, 3)
    .map((item) => {
      const said = text(item.msg_content).match(/"content":"([^"]{0,60})/)?.[1] ?? '…';
      return `${item.sender_name ?? ''}: ${said}`;
    })
    .join('\n');
}

interface CardShown {
  title: string;
  strong?: string;
  sub?: string;
  foot: string;
  picture?: string;
  icon?: 'pin' | 'live' | 'card';
  onTap?: (() => void) | undefined;
}

function Card({ title, strong, sub, foot, picture, icon, onTap }: CardShown) {
  const inside = (
    <>
      <span class="g">
        {picture ? <img src={picture} alt="" loading="lazy" /> : icon ? <span class="pin"><Icon name={icon} size="l" /></span> : null}
        <span class="small">
          <span class="two">{title}</span>
          {strong ? <b class="block">{strong}</b> : null}
          {sub ? <span class="meta two">{sub}</span> : null}
        </span>
      </span>
      <span class="foot0 raw cut">{foot}</span>
    </>
  );
  return onTap ? (
    <button type="button" class="pc" onClick={onTap}>
      {inside}
    </button>
  ) : (
    <div class="pc">{inside}</div>
  );
}

function host(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url.slice(0, 40);
  }
}
