// One message, by its type. What cannot be shown says so; nothing breaks on missing fields.
import { useState } from 'preact/hooks';
import type { Chat, Line } from '../api.ts';
import type { Bench } from '../bench.ts';
import { price } from '../cards.ts';
import { Icon } from './parts.tsx';
import { text } from './brief.ts';

interface Shown {
  bench: Bench;
  chat: Chat;
  line: Line;
}

const media = (id: unknown) => `/sim/media/${encodeURIComponent(text(id))}`;

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
        <button type="button" class="shot" aria-label={words.kinds.image} onClick={() => (url ? window.open(url, '_blank', 'noopener') : bench.set({ sheet: { t: 'picture', media: text(content.media_id), ...(line.msgid ? { msgid: line.msgid } : {}) } }))}>
          <img src={url || media(content.media_id)} alt="" loading="lazy" />
        </button>
      );
    }
    case 'video':
      // A clip of the customer's own; there are no captions to be had.
      return <video class="shot" src={media(content.media_id)} controls preload="metadata" />;
    case 'voice':
      return (
        <span class="bub voice">
          <Icon name="mic" size="s" />
          {words.voice}
        </span>
      );
    case 'file':
      return (
        <a class="pc file" href={media(content.media_id)} download>
          <Icon name="file" size="l" />
          <span class="small">{words.fileSent}</span>
        </a>
      );
    case 'msgmenu':
      return <Menu bench={bench} chat={chat} line={line} />;
    case 'link':
      return <Card title={text(content.title)} sub={text(content.desc)} foot={host(text(content.url))} picture={text(content.pic_url) || text(content.picurl) || (content.thumb_media_id ? media(content.thumb_media_id) : '')} onTap={chat.kind === 'kf' ? tap : () => void bench.scanWords(text(content.url), 'card')} />;
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
