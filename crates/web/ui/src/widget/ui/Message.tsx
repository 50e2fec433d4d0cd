// One message, by its type. Every type has a form; one that is not known says so in words.
import type { Message, Pending } from '../../sdk/index.ts';
import { clock } from '../format.ts';
import type { Row } from '../rows.ts';
import { Icon } from './Icon.tsx';
import { Picture } from './Media.tsx';
import { Text } from './Text.tsx';
import type { CardProps } from './cards.tsx';
import { useApp } from './context.ts';
import { useCards } from './later.ts';

type Props = Omit<CardProps, 'message'>;

export function MessageRow({ row, onView, pending }: { row: Extract<Row, { kind: 'message' }> } & Props) {
  const { words } = useApp();
  const { message, own } = row;
  const card = !message.text;
  const wide = message.msgtype === 'handoff' || message.msgtype === 'survey' || message.msgtype === 'msgmenu';
  return (
    <div class={`m${own ? ' me' : ''}${wide ? ' wide' : ''}${card ? ' card' : ''}${row.last ? ' last' : ''}`}>
      {own ? <span class="vh">{words.you}</span> : row.name && <bdi class="by who">{row.name}</bdi>}
      <Content message={message} onView={onView} pending={pending} />
      {own && row.last && (
        <div class="by">
          <Icon name={row.state === 'read' ? 'twice' : 'done'} small />
          {row.state === 'read' ? words.read : words.received} {clock(message.sent_at)}
        </div>
      )}
    </div>
  );
}

export function PendingRow({ row, onView, lost }: { row: Extract<Row, { kind: 'pending' }>; onView: (url: string) => void; lost: boolean }) {
  const { words } = useApp();
  const { entry } = row;
  const failed = entry.state === 'failed';
  const said =
    entry.state === 'uploading' && (entry.progress ?? 0) > 0 && (entry.progress ?? 0) < 1 ? words.uploading(entry.progress ?? 0) : lost ? words.waitingLine : words.sending;
  return (
    <div class={`m me last ${failed ? 'fail' : lost ? 'wait' : 'going'}`}>
      <PendingContent entry={entry} onView={onView} />
      {entry.state === 'uploading' && <progress value={entry.progress ?? 0} max={1} aria-label={said} />}
      {failed ? (
        <div class="by late"><Icon name="warn" small />{words.notSent}<NotSent entry={entry} /></div>
      ) : (
        row.last && <div class="by"><Icon name="clock" small />{said}</div>
      )}
    </div>
  );
}

function PendingContent({ entry, onView }: { entry: Pending; onView: (url: string) => void }) {
  const frame = entry.frame as unknown as Message;
  if (frame.text) return <div class="bub"><Text text={frame.text.content} /></div>;
  if (frame.image) {
    return entry.preview || frame.image.media_id ? <Picture image={frame.image} preview={entry.preview} onView={onView} /> : <div class="bub">{frame.image.name}</div>;
  }
  const file = frame.file ?? frame.video ?? frame.voice;
  return <div class="bub raw"><Icon name="file" small /> <bdi>{file?.name}</bdi></div>;
}

function Content(props: CardProps) {
  const { text, image } = props.message;
  if (text && !text.quote) return <div class="bub"><Text text={text.content} /></div>;
  if (image) return <Picture image={image} onView={props.onView} />;
  return <Rich {...props} />;
}

function NotSent({ entry }: { entry: Pending }) {
  const cards = useCards();
  return cards && <cards.NotSent entry={entry} />;
}

function Rich(props: CardProps) {
  const cards = useCards();
  return cards ? <cards.Content {...props} /> : <div class="box coming" />;
}
