// Small parts that every column uses.
import { hue, initial } from '@kit/hue.ts';
import { type IconName, icons } from '@kit/icons.ts';

export function Icon({ name, size }: { name: IconName; size?: 's' | 'l' }) {
  const cls = size ? `i i-${size}` : 'i';
  return <svg class={cls} viewBox="0 0 18 18" aria-hidden="true" dangerouslySetInnerHTML={{ __html: icons[name] }} />;
}

interface FaceShown {
  id: string;
  name: string;
  /** A person of the company: a circle. */
  who?: boolean;
  /** An account or a group, which begins with its own name: 溪 of 溪山茶社. */
  place?: boolean;
  size?: '' | 's' | 'm' | 'l';
}

/** A customer or an account is a square, a person of the company a circle. */
export function Face({ id, name, who = false, place = false, size = '' }: FaceShown) {
  return (
    <span class={`av ${hue(id)} ${who ? 'who' : ''} ${size}`} aria-hidden="true">
      {place ? Array.from(name)[0] : initial(name)}
    </span>
  );
}

/** Credits as pips: filled are left, framed are spent. */
export function Pips({ left, of }: { left: number; of: number }) {
  const tone = left === 0 ? 'late' : left === 1 ? 'soon' : 'act';
  return (
    <span class={`pips ${tone}`} aria-hidden="true">
      {Array.from({ length: of }, (_, at) => (
        <u key={at} class={at < left ? 'on' : 'off'} />
      ))}
    </span>
  );
}
