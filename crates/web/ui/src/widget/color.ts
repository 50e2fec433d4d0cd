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

/** Hue 0–6, saturation and lightness 0–1. */
function hsl(rgb: Rgb): [number, number, number] {
  const [r, g, b] = rgb.map((v) => v / 255) as Rgb;
  const [max, min] = [Math.max(r, g, b), Math.min(r, g, b)];
  const [span, l] = [max - min, (max + min) / 2];
  if (!span) return [0, 0, l];
  const hue = max === r ? ((g - b) / span + 6) % 6 : max === g ? (b - r) / span + 2 : (r - g) / span + 4;
  return [hue, span / (1 - Math.abs(2 * l - 1)), l];
}

function fromHsl(h: number, s: number, l: number): Rgb {
  const channel = (n: number) => {
    const k = (n + h * 2) % 12;
    return Math.round(255 * (l - s * Math.min(l, 1 - l) * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

export function palette(brand: Rgb, dark: boolean): Palette {
  const act = until(brand, black, white);
  const [h, s, l] = hsl(act);
  if (!dark) {
    const tint = fromHsl(h, s * 0.65, 0.905);
    return { act: css(act), hover: css(mix(act, black, 0.2)), ink: css(until(act, black, tint, white)), tint: css(tint), line: css(fromHsl(h, s * 0.57, 0.72)) };
  }
  // On dark grounds a very dark brand colour would vanish: lift it as far as white on it allows.
  let lifted = act;
  for (let light = l; light < 0.6 && contrast(lifted, darkCard) < 2.2; light += 0.01) {
    const step = fromHsl(h, s, light);
    if (contrast(step, white) < enough) break;
    lifted = step;
  }
  const tint = fromHsl(h, Math.min(s, 0.6), 0.17);
  const ink = until(fromHsl(h, Math.min(s * 1.1, 0.6), 0.68), white, tint, darkCard);
  return { act: css(lifted), hover: css(until(mix(lifted, white, 0.06), black, white)), ink: css(ink), tint: css(tint), line: css(fromHsl(h, Math.min(s, 0.5), 0.33)) };
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
