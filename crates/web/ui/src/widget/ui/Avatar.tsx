import { hue, initial } from '@kit/hue.ts';
import { useMedia } from './Media.tsx';

/** A face, or one character of the name until there is one. People are round, groups are square. */
export function Avatar({ name, media, person = true, plain = false, online = false, large = false }: {
  name: string;
  media?: string | null | undefined;
  person?: boolean;
  /** On the coloured header: without a colour of its own. */
  plain?: boolean;
  online?: boolean;
  large?: boolean;
}) {
  const picture = useMedia(media ?? null);
  const classes = ['av', person && 'who', large && 'l', !plain && hue(name)].filter(Boolean).join(' ');
  return (
    <span class={classes} aria-hidden="true">
      {picture.url ? <img src={picture.url} alt="" /> : initial(name)}
      {online && <span class="dot" />}
    </span>
  );
}
