// Going on in WeChat: a code to scan, or on a phone a link to tap. It is this visitor's, and used once.
import { useEffect, useRef, useState } from 'preact/hooks';
import { type CarryOver, Refusal } from '../../sdk/index.ts';
import { Icon } from './Icon.tsx';
import { useApp } from './context.ts';
import { useSaid } from './said.ts';

export function Continue({ onClose }: { onClose: () => void }) {
  const { client, words, phone } = useApp();
  const said = useSaid();
  const [over, set] = useState<CarryOver | string | null>(null);
  const [turn, next] = useState(0);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let alive = true;
    set(null);
    client.acts().then((acts) => acts.carryOver()).then(
      (got) => {
        if (!alive) return;
        set(got);
        // A code that is over is of no use on a screen: another takes its place.
        timer = setTimeout(() => next(turn + 1), Math.max(30_000, got.expires_at - Date.now() - 20_000));
      },
      (error: unknown) => alive && set(error instanceof Refusal ? error.code : 'network'),
    );
    return () => {
      alive = false;
      clearTimeout(timer);
    };
  }, [client, turn]);

  return (
    <dialog ref={dialog} class="go-on" aria-label={said.wechat} onClose={onClose} onClick={(event) => event.target === dialog.current && dialog.current?.close()}>
      <button type="button" class="ib" aria-label={words.close} onClick={() => dialog.current?.close()}><Icon name="close" /></button>
      <h2>{said.wechat}</h2>
      {over === null ? (
        <p class="small" role="status">{said.wechatWait}</p>
      ) : typeof over === 'string' ? (
        <>
          <p class="small" role="alert">{said.wechatFailed}</p>
          <button type="button" class="btn big" onClick={() => next(turn + 1)}>{words.retryNow}</button>
        </>
      ) : (
        <>
          {phone ? (
            <a class="btn big" href={over.url} target="_blank" rel="noopener">{said.wechatOpen}</a>
          ) : (
            <img class="qr" src={`data:image/svg+xml,${encodeURIComponent(over.qr_svg)}`} alt={said.wechatCode} />
          )}
          <p class="small">{phone ? said.wechatTap : said.wechatScan}</p>
        </>
      )}
    </dialog>
  );
}
