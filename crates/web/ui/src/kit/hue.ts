/** The class of one of seven quiet colour pairs (`h1`–`h7` of tokens.css), the same for an id every time. */
export function hue(id: string): string {
  let hash = 2166136261;
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 16777619);
  return `h${((hash >>> 0) % 7) + 1}`;
}

/** The one character that stands on an avatar: the last of a Chinese name, the first of any other. */
export function initial(name: string): string {
  const letters = Array.from(name.trim()).filter((c) => /[\p{L}\p{N}]/u.test(c));
  const pick = /\p{Script=Han}/u.test(letters.at(-1) ?? '') && letters.length <= 4 ? letters.at(-1) : letters[0];
  return (pick ?? '·').toUpperCase();
}
