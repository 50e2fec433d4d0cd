// The page of an official account: following it, its codes with scenes, one of its articles.
import { useState } from 'preact/hooks';
import type { Bench } from '../bench.ts';
import { picture } from '../cards.ts';
import { scenes } from '../sources.ts';
import { Face, Icon } from './parts.tsx';

export function Official({ bench }: { bench: Bench }) {
  const { words } = bench;
  const [reading, read] = useState(false);
  const app = bench.app('official_account');
  if (!app) return null;
  const chat = bench.appChat('official_account');
  const followed = Boolean(chat?.followed);
  if (reading) return <Article bench={bench} name={app.name} followed={followed} onBack={() => read(false)} />;
  return (
    <>
      <div class="row face0">
        <Face id={app.appid} name={app.name} place size="l" />
        <span class="grow">
          <b class="up-name">{app.name}</b>
          <span class="meta raw">{app.original_id}</span>
        </span>
        {followed ? <span class="tag">{words.followed}</span> : null}
      </div>
      <p class="small intro">{words.officialIntro}</p>
      <button type="button" class="btn main go" onClick={() => void (followed ? bench.show('official_account', app.appid) : bench.follow('ADD_SCENE_SEARCH'))}>
        {followed ? words.message : words.follow}
      </button>
      <h4>{words.articles}</h4>
      <button type="button" class="row pane article" onClick={() => read(true)}>
        <span class="grow">
          <b class="two">{words.articleTitle}</b>
          <span class="meta">{words.articleDate}</span>
        </span>
        <img src={picture('tea')} alt="" />
      </button>
      <h4>{words.sceneCodes}</h4>
      <ul class="codes">
        {scenes.map((scene) => (
          <li key={scene}>
            <button type="button" class="row pane" onClick={() => void bench.scanScene(scene)}>
              <Icon name="scan" />
              <span class="grow mono">{scene}</span>
              <span class="meta">{words.scanIt}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function Article({ bench, name, followed, onBack }: { bench: Bench; name: string; followed: boolean; onBack: () => void }) {
  const { words } = bench;
  return (
    <article class="read">
      <h4>{words.articleTitle}</h4>
      <p class="meta">
        {name} · {words.articleDate}
      </p>
      <img class="wide-pic" src={picture('tea')} alt="" />
      <p>{words.articleBody}</p>
      {followed ? null : (
        <button type="button" class="btn main" onClick={() => void bench.follow('ADD_SCENE_PROFILE_ITEM')}>
          {words.follow}
        </button>
      )}
      <button type="button" class="btn quiet" onClick={onBack}>
        {words.back}
      </button>
    </article>
  );
}
