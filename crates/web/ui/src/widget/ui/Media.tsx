// Pictures and files. They are fetched with the visitor's token, which never stands in an address,
// and shown from memory.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { MediaContent, VisitorClient } from '../../sdk/index.ts';
import { useApp } from './context.ts';

interface Loaded { url: string | null; failed: boolean; again: () => void }

/** Addresses of what is in memory; kept for the life of the page, as the thread is. */
const kept = new Map<string, Promise<string>>();

/** Fetches what is not in memory yet; a failure is not kept. */
export function mediaUrl(client: VisitorClient, id: string): Promise<string> {
  let loading = kept.get(id);
  if (!loading) {
    loading = client.acts().then((acts) => acts.media(id)).then((blob) => URL.createObjectURL(blob));
    kept.set(id, loading);
    loading.catch(() => kept.delete(id));
  }
  return loading;
}

export function useMedia(id: string | null, wanted = true): Loaded {
  const { client } = useApp();
  const [url, setUrl] = useState<string | null>(null);
  const [failed, setFailed] = useState(false);
  const [turn, setTurn] = useState(0);
  const ready = client.state.opened;
  useEffect(() => {
    if (!id || !wanted || !ready) return;
    let here = true;
    mediaUrl(client, id).then((address) => here && setUrl(address), () => here && setFailed(true));
    return () => {
      here = false;
    };
  }, [id, wanted, ready, turn, client]);
  const again = () => {
    setFailed(false);
    setTurn((n) => n + 1);
  };
  return { url, failed, again };
}

/** True once the element came near the screen. */
function useNear() {
  const ref = useRef<HTMLDivElement>(null);
  const [near, set] = useState(typeof IntersectionObserver === 'undefined');
  useEffect(() => {
    const { current } = ref;
    if (near || !current) return;
    const watch = new IntersectionObserver((seen) => seen.some((entry) => entry.isIntersecting) && set(true), { rootMargin: '400px' });
    watch.observe(current);
    return () => watch.disconnect();
  }, [near]);
  return { ref, near };
}

export function Picture({ image, preview, onView }: { image: MediaContent; preview?: string | undefined; onView?: (url: string) => void }) {
  const { words } = useApp();
  const { ref, near } = useNear();
  const media = useMedia(preview ? null : image.media_id, near);
  const url = preview ?? media.url;
  const { width, height } = image;
  const scale = width && height ? Math.min(1, 220 / width, 260 / height) : 1;
  const box = width && height ? { width: Math.max(48, Math.round(width * scale)), height: Math.max(48, Math.round(height * scale)) } : undefined;
  if (media.failed) return <Lost again={media.again} />;
  return (
    <div class="pic" ref={ref} style={box}>
      {url ? (
        <button type="button" aria-label={image.name ? `${words.picture} ${image.name}` : words.picture} onClick={() => onView?.(url)}>
          <img src={url} alt={image.name ?? words.picture} />
        </button>
      ) : (
        <span class="bone" />
      )}
    </div>
  );
}

export function Lost({ again }: { again: () => void }) {
  const { words } = useApp();
  return (
    <div class="box lost">
      <span>{words.gone}</span>
      <button type="button" class="link" onClick={again}>{words.tryAgain}</button>
    </div>
  );
}
