// What pages hold of the person who is signed in: dropped when the desk is closed, because the next one at
// this screen may be another.
const drops: (() => void)[] = [];

/** Registers how something personal is dropped. */
export function isPersonal(drop: () => void): void {
  drops.push(drop);
}

export function dropPersonal(): void {
  for (const drop of drops) drop();
}
