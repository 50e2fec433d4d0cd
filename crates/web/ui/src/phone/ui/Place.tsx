// The page of a source, before the chat: what a customer looks at when the wish to ask comes.
import type { ComponentChildren } from 'preact';
import type { IconName } from '@kit/icons.ts';
import type { Bench } from '../bench.ts';
import { type Goods, bought, goods, picture, price } from '../cards.ts';
import { sources } from '../sources.ts';
import { Official } from './Official.tsx';
import { Face, Icon } from './parts.tsx';

interface Shown {
  bench: Bench;
  place: string;
}

export function Place({ bench, place }: Shown) {
  const { words } = bench;
  return (
    <>
      <div class={`nav0 ${place === 'live' ? 'on-dark' : ''}`}>
        <button type="button" class="ib" aria-label={words.back} onClick={() => bench.set({ place: null })}>
          <Icon name="left" size="l" />
        </button>
        <b class="cut">{words.sources[place]?.[0]}</b>
        <span />
      </div>
      <div class={`place ${place}`}>{view({ bench, place })}</div>
    </>
  );
}

function view({ bench, place }: Shown) {
  switch (place) {
    case 'live':
      return <Live bench={bench} />;
    case 'home':
      return <Home bench={bench} />;
    case 'window':
      return <Window bench={bench} />;
    case 'shop':
      return <Product bench={bench} onAsk={() => void bench.enter('shop')} />;
    case 'order':
      return <Order bench={bench} onAsk={() => void bench.enter('order')} />;
    case 'official':
      return <Official bench={bench} />;
    case 'mini':
      return <Mini bench={bench} />;
    case 'store':
      return <Store bench={bench} />;
    case 'app':
      return <InApp bench={bench} />;
    case 'pay':
      return <Receipt bench={bench} />;
    case 'search':
      return <Search bench={bench} />;
    default:
      return <Link bench={bench} />;
  }
}

/** The button that leads to the chat. */
function Go({ icon = 'chat', onClick, children }: { icon?: IconName; onClick: () => void; children: ComponentChildren }) {
  return (
    <button type="button" class="btn main go" onClick={onClick}>
      <Icon name={icon} size="s" />
      {children}
    </button>
  );
}

function Thing({ one }: { one: Goods }) {
  return (
    <span class="thing">
      <img src={picture(one.picture)} alt="" loading="lazy" />
      <span class="grow">
        <span class="two">{one.title}</span>
        <b>{price(one.cents)}</b>
      </span>
    </span>
  );
}

/** What the customer bought, with a price or a state. */
function Bought({ children }: { children: ComponentChildren }) {
  return (
    <span class="thing">
      <img src={picture('dahongpao')} alt="" />
      <span class="grow">
        <span class="two">{bought.titles}</span>
        {children}
      </span>
    </span>
  );
}

function Live({ bench }: { bench: Bench }) {
  const { words, nickname } = bench;
  const one = goods[0] as Goods;
  return (
    <>
      <div class="row host">
        <Face id={nickname} name={nickname} place />
        <span class="grow">
          <b class="cut block">{nickname}</b>
          <span class="meta">{words.watching}</span>
        </span>
        <span class="tag">{words.onAir}</span>
      </div>
      <img class="stage-tin" src={picture(one.picture)} alt="" />
      <ul class="talk">
        {words.liveTalk.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <div class="sheet0">
        <span class="meta">{words.explaining}</span>
        <Thing one={one} />
        <Go onClick={() => void bench.enter('live')}>{words.ask}</Go>
      </div>
    </>
  );
}

function Home({ bench }: { bench: Bench }) {
  const { words, nickname } = bench;
  return (
    <>
      <div class="row face0">
        <Face id={nickname} name={nickname} place size="l" />
        <span class="grow">
          <b class="up-name">{nickname}</b>
          <span class="meta">{words.channelIntro}</span>
        </span>
      </div>
      <Go onClick={() => void bench.enter('home')}>{words.ask}</Go>
      <ul class="posts">
        {goods.map((one) => (
          <li key={one.id}>
            <img src={picture(one.picture)} alt="" loading="lazy" />
            <span class="meta cut block">{one.title}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Window({ bench }: { bench: Bench }) {
  return (
    <>
      <ul class="shelf">
        {goods.map((one) => (
          <li key={one.id}>
            <Thing one={one} />
          </li>
        ))}
      </ul>
      <Go onClick={() => void bench.enter('window')}>{bench.words.ask}</Go>
    </>
  );
}

function Product({ bench, onAsk }: { bench: Bench; onAsk: () => void }) {
  const { words, nickname } = bench;
  const one = goods[0] as Goods;
  return (
    <>
      <img class="wide-pic" src={picture(one.picture)} alt="" />
      <div class="pane">
        <b class="sum">{price(one.cents)}</b>
        <p class="b">{one.title}</p>
        <p class="meta">{words.productIntro}</p>
      </div>
      <div class="row pane">
        <Face id={nickname} name={nickname} place />
        <span class="grow b cut">{nickname}</span>
        <span class="meta">{words.shopRating}</span>
      </div>
      <Go onClick={onAsk}>{words.askProduct}</Go>
    </>
  );
}

function Order({ bench, onAsk }: { bench: Bench; onAsk: () => void }) {
  const { words } = bench;
  return (
    <>
      <div class="pane">
        <b class="up-name">{words.toReceive}</b>
        <p class="meta">{words.onItsWay}</p>
      </div>
      <div class="pane">
        <Bought>
          <b>{bought.price}</b>
        </Bought>
        <dl>
          <dt>{words.orderNo}</dt>
          <dd class="mono">{bought.id}</dd>
        </dl>
      </div>
      <Go onClick={onAsk}>{words.askOrder}</Go>
    </>
  );
}

function Mini({ bench }: { bench: Bench }) {
  const { words } = bench;
  const app = bench.app('mini_program');
  return (
    <>
      <div class="row pane">
        <Icon name="mini" size="l" />
        <b class="grow cut">{app?.name}</b>
        <span class="meta raw cut">pages/order/detail?id=8812</span>
      </div>
      <div class="pane">
        <Bought>
          <b>{bought.price}</b>
        </Bought>
        <dl>
          <dt>{words.orderNo}</dt>
          <dd class="mono">8812</dd>
          <dt class="raw">session-from</dt>
          <dd class="mono">order:8812</dd>
        </dl>
      </div>
      <Go onClick={() => void bench.ask('mini_program')}>{words.contactButton}</Go>
      <button type="button" class="btn" onClick={() => void bench.enter('miniKf')}>
        {words.miniToKf}
      </button>
    </>
  );
}

/** A brand's own app, which opens the service through the OpenSDK. */
function InApp({ bench }: { bench: Bench }) {
  const { nickname } = bench;
  return (
    <>
      <div class="row pane">
        <Face id={nickname} name={nickname} place />
        <b class="grow cut">{nickname} App</b>
        <span class="meta">4.2.0</span>
      </div>
      <Order bench={bench} onAsk={() => void bench.enter('app')} />
    </>
  );
}

/** A shop that answers through its own API: the same two pages, another way. */
function Store({ bench }: { bench: Bench }) {
  const { words } = bench;
  return (
    <>
      <Product bench={bench} onAsk={() => void bench.ask('shop', 'storeProduct')} />
      <div class="pane">
        <Bought>
          <span class="meta">{words.toReceive}</span>
        </Bought>
        <button type="button" class="btn" onClick={() => void bench.ask('shop', 'storeOrder')}>
          {words.askOrder}
        </button>
      </div>
    </>
  );
}

function Receipt({ bench }: { bench: Bench }) {
  const { words, nickname } = bench;
  return (
    <div class="bill">
      <p class="meta">{words.payTitle}</p>
      <b class="sum">−368.00</b>
      <dl>
        <dt>{words.payee}</dt>
        <dd>{nickname}</dd>
        <dt>{words.payGoods}</dt>
        <dd class="cut">{bought.titles}</dd>
        <dt>{words.payNo}</dt>
        <dd class="mono">4200002871202604021407</dd>
      </dl>
      <Go onClick={() => void bench.enter('pay')}>{words.merchantService}</Go>
    </div>
  );
}

function Search({ bench }: { bench: Bench }) {
  const { words, nickname } = bench;
  return (
    <>
      <p class="row query">
        <Icon name="search" size="s" />
        {nickname}
      </p>
      <div class="pane">
        <div class="row">
          <Face id={nickname} name={nickname} place />
          <span class="grow">
            <b class="block">{nickname}</b>
            <span class="meta">{words.searchIntro}</span>
          </span>
        </div>
        <Go onClick={() => void bench.enter('search')}>{words.ask}</Go>
      </div>
      <p class="meta">{words.searchRest}</p>
    </>
  );
}

/** A printed code that says a link with a scene. */
function Link({ bench }: { bench: Bench }) {
  const { words, corp } = bench;
  const account = corp?.accounts.find((one) => one.open_kfid === bench.account);
  return (
    <div class="leaflet">
      <b class="up-name">{account?.name}</b>
      <p class="meta">{words.leaflet}</p>
      {account ? <img class="code" src={`/qr.png?text=${encodeURIComponent(account.link)}`} alt={words.kinds.image} /> : null}
      <p class="meta mono">scene={String(sources.link?.way?.('').scene ?? '')}</p>
      <Go icon="scan" onClick={() => void bench.enter('link')}>
        {words.scanIt}
      </Go>
    </div>
  );
}
