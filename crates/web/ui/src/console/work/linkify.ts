// Finds addresses in text. Only http(s) becomes a link; everything else stays text.

export interface Part {
  text: string;
  href?: string;
}

// An address ends at a space, at Chinese text and at closing punctuation.
const address = /https?:\/\/[^\s<>"'`一-鿿　-〿＀-￯]+/g;

export function linkify(text: string): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const found of text.matchAll(address)) {
    let url = found[0];
    // A full stop or a bracket that was never opened belongs to the sentence.
    for (;;) {
      const last = url.at(-1)!;
      const opened = last === ')' && url.includes('(');
      if (!/[.,;:!?)\]}]/.test(last) || opened) break;
      url = url.slice(0, -1);
    }
    if (found.index > from) parts.push({ text: text.slice(from, found.index) });
    parts.push({ text: url, href: url });
    from = found.index + url.length;
  }
  if (from < text.length || !parts.length) parts.push({ text: text.slice(from) });
  return parts;
}
