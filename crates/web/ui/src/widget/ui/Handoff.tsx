// The card of a specialist or a fan group. On a computer the code comes first, to be scanned with
// a phone; on a phone a button does, because a phone cannot scan its own screen.
import { useState } from 'preact/hooks';
import type { HandoffContent } from '../../sdk/index.ts';
import { opens } from '../format.ts';
import { Avatar } from './Avatar.tsx';
import { Icon } from './Icon.tsx';
import { useMedia } from './Media.tsx';
import { useApp } from './context.ts';
import { useSaid } from './said.ts';

export function HandoffCard({ handoff, onView }: { handoff: HandoffContent; onView: (url: string) => void }) {
  const { client, phone } = useApp();
  const said = useSaid();
  const person = handoff.kind === 'specialist';
  const done = handoff.status === 'added' || handoff.status === 'joined';
  const over = handoff.status === 'expired' || handoff.status === 'refused' || handoff.status === 'failed';
  const url = opens(handoff.url) ? handoff.url : null;
  const [unfolded, unfold] = useState(false);
  const withCode = !done && !over && !!handoff.qr_media_id && (!phone || !url || unfolded);
  const code = useMedia(withCode ? (handoff.qr_media_id ?? null) : null);
  const opened = () => client.signal({ op: 'opened', handoff_id: handoff.handoff_id });
  const about = [handoff.title || (person ? said.specialist : said.group), handoff.company].filter(Boolean).join(' · ');
  const how = phone && url ? (person ? said.tapSpecialist : said.tapGroup) : person ? said.scanSpecialist : said.scanGroup;
  const links = (handoff.links ?? []).filter((link) => opens(link.url));

  return (
    <section class={`box sc${withCode && !phone ? ' coded' : ''}`} aria-label={handoff.name}>
      <div class="row who-row">
        <Avatar name={handoff.name} media={handoff.avatar_media_id} person={person} />
        <span class="grow">
          <b><bdi>{handoff.name}</bdi></b>
          <span class="meta">{about}</span>
        </span>
      </div>
      {done || over ? (
        <p class={done ? 'done' : 'meta'}>
          {done && <Icon name="done" small />}
          {over ? said.expired : person ? said.added : said.groupJoined}
        </p>
      ) : (
        <p class="small say">{[how, handoff.line].filter(Boolean).join(said.gap)}</p>
      )}
      {withCode && (
        <button type="button" class="qr" aria-label={said.qr(handoff.name)} disabled={!code.url} onClick={() => {
          opened();
          if (code.url) onView(code.url);
        }}>
          {code.url ? <img src={code.url} alt="" /> : <span class="bone" />}
        </button>
      )}
      {withCode && phone && <p class="meta hold">{said.longPress}</p>}
      {phone && url && !done && !over && (
        <a class="btn main big" href={url} target="_blank" rel="noopener" onClick={opened}>{person ? said.addSpecialist : said.joinGroup}</a>
      )}
      {(links.length > 0 || (phone && url && handoff.qr_media_id && !withCode && !done && !over)) && (
        <div class="links">
          {links.map((link) => <a href={link.url} target="_blank" rel="noopener noreferrer">{link.title}</a>)}
          {phone && url && handoff.qr_media_id && !withCode && !done && !over && (
            <button type="button" class="link" onClick={() => unfold(true)}>{said.showQr}</button>
          )}
        </div>
      )}
    </section>
  );
}
