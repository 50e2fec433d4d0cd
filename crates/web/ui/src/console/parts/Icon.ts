import { h, type FunctionalComponent } from 'vue';
import { icons, type IconName } from '@kit/icons';

/** A line icon; `size` s is 14 px, m 18, l 20. Hidden from readers: the control beside it is named. */
const Icon: FunctionalComponent<{ name: IconName; size?: 's' | 'm' | 'l' }> = ({ name, size }) =>
  h('svg', { class: ['i', size === 's' && 'i-s', size === 'l' && 'i-l'], viewBox: '0 0 18 18', 'aria-hidden': 'true', innerHTML: icons[name] });
Icon.props = ['name', 'size'];
export default Icon;
