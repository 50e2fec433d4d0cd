// Lines of a chart as SVG paths. One idea each: no axes but the words beside it.

/** Points `x y` of `values` in a box of `width` × `height`, zero at the bottom, `top` at the top. */
function points(values: readonly number[], top: number, width: number, height: number): [number, number][] {
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  const scale = top > 0 ? (height - 2) / top : 0;
  return values.map((v, at) => [round(at * step), round(height - 1 - Math.max(0, v) * scale)]);
}

const round = (n: number) => Math.round(n * 10) / 10;

export function line(values: readonly number[], top: number, width: number, height: number): string {
  return points(values, top, width, height)
    .map(([x, y], at) => `${at ? 'L' : 'M'}${x} ${y}`)
    .join('');
}

/** The same line, closed down to the ground. */
export function area(values: readonly number[], top: number, width: number, height: number): string {
  return values.length ? `${line(values, top, width, height)}L${width} ${height}L0 ${height}Z` : '';
}

/** A line that goes in steps: a count that only grows. */
export function stairs(values: readonly number[], top: number, width: number, height: number): string {
  return points(values, top, width, height)
    .map(([x, y], at) => (at ? `H${x}V${y}` : `M${x} ${y}`))
    .join('');
}

export const sums = (values: readonly number[]) => {
  let total = 0;
  return values.map((v) => (total += v));
};
export const peak = (...lists: (readonly number[])[]) => Math.max(1, ...lists.flat());
