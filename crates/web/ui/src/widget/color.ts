// The brand's colour in the roles of the kit. Whatever a brand chose, words stay readable: white
// on the filled colour and the coloured ink on its grounds all reach 4.5:1.

export type Rgb = [number, number, number];
export interface Palette { act: string; hover: string; ink: string; tint: string; line: string }

const white: Rgb = [255, 255, 255];
const black: Rgb = [0, 0, 0];
/** Cards of the dark theme, the lightest ground that coloured words stand on. */
const darkCard: Rgb = [32, 41, 43];
const enough = 4.6;

export function parseColor(text: string | null | undefined): Rgb | null {
  const hex = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec((text ?? '').trim())?.[1];
  if (!hex) return null;
  const six = hex.length === 3 ? Array.from(hex, (c) => c + c).join('') : hex;
  return [0, 2, 4].map((at) => Number.parseInt(six.slice(at, at + 2), 16)) as Rgb;
}

const mix = (a: Rgb, b: Rgb, part: number) => a.map((v, i) => Math.round(v + ((b[i] as number) - v) * part)) as Rgb;
const css = (rgb: Rgb) => `#${rgb.map((v) => v.toString(16).padStart(2, '0')).join('')}`;

function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((v) => (v <= 10.31 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4)) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast of two colours by WCAG 2, 1–21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Moves a colour toward another in small steps until it stands out enough from all grounds. */
function until(rgb: Rgb, toward: Rgb, ...grounds: Rgb[]): Rgb {
  for (let part = 0; part <= 1; part += 0.02) {
    const step = mix(rgb, toward, part);
    if (grounds.every((ground) => contrast(step, ground) >= enough)) return step;
  }
  return toward;
}

export function palette(brand: Rgb, dark: boolean): Palette {
  const act = until(brand, black, white);
  if (!dark) {
    const tint = mix(act, white, 0.87);
    return { act: css(act), hover: css(mix(act, black, 0.2)), ink: css(until(act, black, tint, white)), tint: css(tint), line: css(mix(act, white, 0.6)) };
  }
  // On dark grounds a very dark brand colour would vanish: lift it as far as white on it allows.
  let lifted = act;
  for (let part = 0; part <= 0.6 && contrast(lifted, darkCard) < 2.2; part += 0.02) {
    const step = mix(act, white, part);
    if (contrast(step, white) < enough) break;
    lifted = step;
  }
  const tint = mix(lifted, darkCard, 0.68);
  return { act: css(lifted), hover: css(until(mix(lifted, white, 0.06), black, white)), ink: css(until(lifted, white, tint, darkCard)), tint: css(tint), line: css(mix(lifted, darkCard, 0.4)) };
}

/** Dresses a page in the brand's colour; without one the kit's own stays. */
export function dress(root: HTMLElement, color: string | null | undefined, dark: boolean): void {
  const brand = parseColor(color);
  const roles = brand ? palette(brand, dark) : null;
  const names = { '--act': 'act', '--act-hover': 'hover', '--act-ink': 'ink', '--act-tint': 'tint', '--act-line': 'line' } as const;
  for (const [name, role] of Object.entries(names)) {
    if (roles) root.style.setProperty(name, roles[role]);
    else root.style.removeProperty(name);
  }
}
