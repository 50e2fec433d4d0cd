// Small files that stories send.
import { deflateSync } from 'node:zlib';

function crc(bytes) {
  let c = ~0;
  for (const byte of bytes) {
    c ^= byte;
    for (let bit = 0; bit < 8; bit += 1) c = (c >>> 1) ^ (0xedb88320 & -(c & 1));
  }
  return ~c >>> 0;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc(body));
  return Buffer.concat([length, body, sum]);
}

/** A PNG of `width` × `height`; `colour` answers [r, g, b] for a point. */
export function png(width, height, colour) {
  const raw = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) raw.set(colour(x, y), y * (width * 3 + 1) + 1 + x * 3);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', deflateSync(raw)), chunk('IEND', Buffer.alloc(0))]);
}

/** A tin of tea on a table, as a customer's picture would show it. */
export const leaf = png(300, 220, (x, y) => {
  const within = (left, top, right, bottom) => x >= left && x < right && y >= top && y < bottom;
  const grain = ((x * 7 + y * 13) % 5) - 2;
  const shade = (r, g, b, by = 0) => [r + by + grain, g + by + grain, b + by + grain];
  const round = Math.round(18 * (1 - ((x - 150) / 62) ** 2));
  if (within(122, 104, 178, 164)) {
    const [dx, dy] = [(x - 150 + (y - 134) * 0.5) / 10, (y - 134) / 22];
    return dx * dx + dy * dy < 1 ? shade(78, 128, 84) : shade(233, 225, 204);
  }
  if (within(88, 66, 212, 82)) return shade(33, 66, 52, round);
  if (within(92, 82, 208, 184)) return shade(40, 84, 64, round);
  const [sx, sy] = [(x - 160) / 84, (y - 186) / 9];
  if (sx * sx + sy * sy < 1) return shade(112, 82, 58);
  return y > 150 ? shade(150, 112, 78, (220 - y) >> 3) : shade(214, 203, 186, (150 - y) >> 4);
});
