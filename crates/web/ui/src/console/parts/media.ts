// Whether the window is as a media query says, for what style sheets alone cannot do.
import { onScopeDispose, ref, type Ref } from 'vue';

export function useMedia(query: string): Ref<boolean> {
  const list = window.matchMedia(query);
  const fits = ref(list.matches);
  const heard = () => (fits.value = list.matches);
  list.addEventListener('change', heard);
  onScopeDispose(() => list.removeEventListener('change', heard));
  return fits;
}
