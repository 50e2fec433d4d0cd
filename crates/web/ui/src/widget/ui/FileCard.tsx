import { useState } from 'preact/hooks';
import type { MediaContent } from '../../sdk/index.ts';
import { size } from '@kit/size.ts';
import { Icon } from './Icon.tsx';
import { Lost, mediaUrl } from './Media.tsx';
import { useApp } from './context.ts';
import { useSaid } from './said.ts';

/** A file, a video or a voice message: one line until it is asked for. */
export function FileCard({ kind, file }: { kind: 'file' | 'video' | 'voice'; file: MediaContent }) {
  const { client, words } = useApp();
  const said = useSaid();
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const [url, setUrl] = useState<string | null>(null);
  const name = file.name || (kind === 'file' ? file.media_id : said[kind]);
  const plays = kind === 'video' ? true : kind === 'voice' && !/amr|speex/i.test(`${file.mime} ${file.name}`);

  const open = async () => {
    if (busy) return;
    setBusy(true);
    setFailed(false);
    try {
      const address = await mediaUrl(client, file.media_id);
      if (plays) setUrl(address);
      else download(address, name);
    } catch {
      setFailed(true);
    } finally {
      setBusy(false);
    }
  };

  if (failed) return <Lost again={() => void open()} />;
  if (url && kind === 'video') return <video class="film" src={url} controls autoplay playsinline onError={() => download(url, name)} />;
  if (url) return <audio class="voice" src={url} controls autoplay onError={() => download(url, name)} />;
  return (
    <button type="button" class="box fl" onClick={() => void open()} aria-busy={busy}>
      <span class="ic"><Icon name={kind === 'file' ? 'file' : kind === 'video' ? 'live' : 'mic'} /></span>
      <span class="grow">
        <bdi class="small raw name">{name}</bdi>
        <span class="meta">{[file.size ? size(file.size) : '', busy ? words.loading : said.openFile].filter(Boolean).join(' · ')}</span>
      </span>
    </button>
  );
}

function download(url: string, name: string) {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
}
