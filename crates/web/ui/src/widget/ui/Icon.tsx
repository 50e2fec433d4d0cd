import { type IconName, icons } from './icons.ts';

export function Icon({ name, small = false }: { name: IconName; small?: boolean }) {
  return <svg class={small ? 'i i-s' : 'i'} viewBox="0 0 18 18" aria-hidden="true" dangerouslySetInnerHTML={{ __html: icons[name] }} />;
}
