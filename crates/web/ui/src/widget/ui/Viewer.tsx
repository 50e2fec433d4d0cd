import { useEffect, useRef } from 'preact/hooks';
import { Icon } from './Icon.tsx';
import { useApp } from './context.ts';

/** One picture over everything. Esc, the button and a click beside it close it. */
export function Viewer({ url, alt, onClose }: { url: string; alt: string; onClose: () => void }) {
  const { words } = useApp();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} class="viewer" aria-label={alt} onClose={onClose} onClick={(event) => event.target === dialog.current && dialog.current?.close()}>
      <img src={url} alt={alt} />
      <button type="button" class="ib" aria-label={words.close} onClick={() => dialog.current?.close()}><Icon name="close" /></button>
    </dialog>
  );
}
