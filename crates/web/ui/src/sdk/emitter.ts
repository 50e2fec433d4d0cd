/** @internal */
export interface Emitter<Events> {
  on<K extends keyof Events>(event: K, listener: (value: Events[K]) => void): () => void;
  emit<K extends keyof Events>(event: K, value: Events[K]): void;
}

/** Listeners by event; one that throws does not keep the others from hearing. */
export function emitter<Events>(): Emitter<Events> {
  const listeners = new Set<[keyof Events, (value: never) => void]>();
  return {
    on(event, listener) {
      const entry: [keyof Events, (value: never) => void] = [event, listener];
      listeners.add(entry);
      return () => listeners.delete(entry);
    },
    emit(event, value) {
      for (const [name, listener] of new Set(listeners)) {
        try {
          if (name === event) listener(value as never);
        } catch (error) {
          console.error(error);
        }
      }
    },
  };
}
