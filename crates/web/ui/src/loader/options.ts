// What a site may say about its widget: `data-entry-point` and so on of the script, or
// `kefu('boot', {entryPoint: …})`. What stands in `data-…` arrives as text.
import type { Scheme } from '../widget/bridge.ts';

export interface Options {
  entryPoint: string;
  /** The brand's colour until the gateway says it. */
  color?: string;
  position?: 'left' | 'right';
  /** Distance from the side and from the bottom, CSS pixels. */
  offsetX?: number | string;
  offsetY?: number | string;
  zIndex?: number | string;
  locale?: string;
  scheme?: Scheme;
  /** `false` shows no button: the site opens the widget itself. */
  launcher?: boolean | 'false';
  campaign?: string;
  /** HS256 JWT of the brand. */
  identity?: string;
  attributes?: Record<string, unknown>;
  /** For sites whose content policy asks for one. */
  nonce?: string;
}
