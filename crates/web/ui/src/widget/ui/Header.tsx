import { useRef, useState } from 'preact/hooks';
import type { ClientState } from '../../sdk/index.ts';
import { resting } from '../hours.ts';
import { Avatar } from './Avatar.tsx';
import { Icon } from './Icon.tsx';
import { useApp } from './context.ts';
import { useCards } from './later.ts';

interface Props { state: ClientState; onClose?: (() => void) | undefined; onPopout?: (() => void) | undefined }

/** Who answers, when, and the way out. */
export function Header({ state, onClose, onPopout }: Props) {
  const { words } = useApp();
  const { kf, session } = state;
  // After the end the name stays until the customer asks anew.
  const agent = session.service_state >= 3 ? session.agent : null;
  const name = agent?.name ?? kf?.name ?? words.chat;
  const hint = kf?.reply_hint_s ? words.hint(kf.reply_hint_s) : '';
  const second = agent ? [kf?.name, hint] : [kf?.hours, resting(state, Date.now()) ? words.resting : session.service_state === 2 ? '' : hint];
  return (
    <header class="wt">
      <Avatar name={name} media={agent ? agent.avatar_media_id : kf?.avatar_media_id} plain online={session.service_state === 3} />
      <span class="grow">
        <h1 class="cut"><bdi>{name}</bdi></h1>
        <small class="cut">{second.filter(Boolean).join(' · ')}</small>
      </span>
      <Menu state={state} onPopout={onPopout} />
      {onClose && <button type="button" class="ib" aria-label={words.close} title={words.close} onClick={onClose}><Icon name="down" /></button>}
    </header>
  );
}

function Menu({ state, onPopout }: { state: ClientState; onPopout?: (() => void) | undefined }) {
  const { words } = useApp();
  const [open, setOpen] = useState(false);
  const [going, go] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = (refocus: boolean) => {
    setOpen(false);
    if (refocus) button.current?.focus();
  };
  return (
    <div class="menu">
      <button ref={button} type="button" class="ib" aria-label={words.more} title={words.more} aria-haspopup="menu" aria-expanded={open} onClick={() => setOpen(!open)}><Icon name="more" /></button>
      {open && <Items state={state} close={close} onPopout={onPopout} onContinue={() => go(true)} />}
      {going && <GoOn onClose={() => go(false)} />}
    </div>
  );
}

function Items(props: { state: ClientState; close: (refocus: boolean) => void; onPopout?: (() => void) | undefined; onContinue: () => void }) {
  const cards = useCards();
  return cards && <cards.MenuItems {...props} />;
}

function GoOn(props: { onClose: () => void }) {
  const cards = useCards();
  return cards && <cards.Continue {...props} />;
}
