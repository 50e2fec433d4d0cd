// The menu below the chat of an official account: three buttons, some of which open a list.
import { useState } from 'preact/hooks';
import type { Bench } from '../bench.ts';
import { Icon } from './parts.tsx';

export function MenuBar({ bench }: { bench: Bench }) {
  const [open, setOpen] = useState(-1);
  const menu = bench.app('official_account')?.menu ?? [];
  if (!menu.length) return null;
  const tap = (name: string) => {
    setOpen(-1);
    void bench.tapMenu(name);
  };
  return (
    <nav class="mbar" aria-label={bench.words.kinds.msgmenu}>
      {menu.map((button, index) => {
        const inside = button.sub_button ?? [];
        return (
          <div key={button.name}>
            {open === index ? (
              <ul>
                {inside.map((one) => (
                  <li key={one.name}>
                    <button type="button" onClick={() => tap(one.name)}>
                      {one.name}
                    </button>
                  </li>
                ))}
              </ul>
            ) : null}
            <button type="button" aria-expanded={inside.length ? open === index : undefined} onClick={() => (inside.length ? setOpen(open === index ? -1 : index) : tap(button.name))}>
              {inside.length ? <Icon name="more" size="s" /> : null}
              {button.name}
            </button>
          </div>
        );
      })}
    </nav>
  );
}
