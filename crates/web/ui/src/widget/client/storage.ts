// A page's memory for one entry point: localStorage where it may be used, else this page's own.
// Private windows, blocked third-party storage and full disks all end in the second.

export interface Shelf {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
  /** Names of all keys that begin so. */
  keys(prefix: string): string[];
}

/** The part of `Storage` that is used. */
export type StorageLike = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

export function shelf(name: string, storage: () => StorageLike | null): Shelf {
  const own = new Map<string, string>();
  let disk: StorageLike | null = null;
  try {
    disk = storage();
    disk?.setItem(`${name}:probe`, '1');
    disk?.removeItem(`${name}:probe`);
  } catch {
    disk = null;
  }
  const full = (key: string) => `${name}:${key}`;
  return {
    get(key) {
      const mine = own.get(key);
      if (mine !== undefined) return mine;
      try {
        return disk?.getItem(full(key)) ?? null;
      } catch {
        return null;
      }
    },
    set(key, value) {
      try {
        if (!disk) throw new Error('no storage');
        disk.setItem(full(key), value);
        own.delete(key);
      } catch {
        own.set(key, value);
      }
    },
    remove(key) {
      own.delete(key);
      try {
        disk?.removeItem(full(key));
      } catch {
        // Nothing was kept there then.
      }
    },
    keys(prefix) {
      const found = new Set([...own.keys()].filter((key) => key.startsWith(prefix)));
      try {
        const length = disk?.length ?? 0;
        for (let at = 0; at < length; at++) {
          const key = disk?.key(at) ?? '';
          if (key.startsWith(full(prefix))) found.add(key.slice(name.length + 1));
        }
      } catch {
        // What this page holds itself is still true.
      }
      return [...found];
    },
  };
}
