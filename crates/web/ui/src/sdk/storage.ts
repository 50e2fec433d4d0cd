// A device's memory for one entry point: its storage where it may be used, else this client's own.
// Private windows, blocked third-party storage and full disks all end in the second.

/** @internal */
export interface Shelf {
  get(key: string): string | null;
  /** Keeps a value; an empty one is removed. */
  put(key: string, value: string): void;
  /** Names of all keys that begin so. */
  keys(prefix: string): string[];
}

/** The part of `Storage` that is used. */
export type StorageLike = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

export function shelf(name: string, storage: () => StorageLike | null): Shelf {
  const own = new Map<string, string>();
  const path = (key: string) => `${name}:${key}`;
  const disk = <T>(use: (disk: StorageLike) => T): T | null => {
    try {
      const found = storage();
      return found && use(found);
    } catch {
      return null;
    }
  };
  return {
    get: (key) => own.get(key) ?? disk((at) => at.getItem(path(key))),
    put(key, value) {
      const kept = disk((at) => (value ? at.setItem(path(key), value) : at.removeItem(path(key)), true));
      if (kept || !value) own.delete(key);
      else own.set(key, value);
    },
    keys(prefix) {
      const found = new Set(own.keys());
      disk((at) => {
        for (let n = 0; n < at.length; n++) {
          const key = at.key(n) ?? '';
          if (key.startsWith(path(''))) found.add(key.slice(name.length + 1));
        }
      });
      return [...found].filter((key) => key.startsWith(prefix));
    },
  };
}
