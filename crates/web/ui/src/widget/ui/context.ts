import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { ClientState, VisitorClient } from '../../sdk/index.ts';
import type { Words } from '../words.ts';

export interface AppContext {
  client: VisitorClient;
  words: Words;
  /** A phone: cards offer a button before a code, and no field takes the focus unasked. */
  phone: boolean;
}

const Context = createContext<AppContext | null>(null);
export const AppProvider = Context.Provider;

export function useApp(): AppContext {
  const app = useContext(Context);
  if (!app) throw new Error('a part of the app stands outside of it');
  return app;
}

/** The client's state, drawn anew with each change. */
export function useClientState(client: VisitorClient): ClientState {
  const [state, set] = useState(client.state);
  useEffect(() => {
    set(client.state);
    return client.on('change', set);
  }, [client]);
  return state;
}

/** True after the line was away for so long that it is worth a word. */
export function useLineLost(state: ClientState): boolean {
  const away = state.link.status === 'waiting' || state.link.status === 'connecting';
  const [lost, set] = useState(false);
  useEffect(() => {
    if (!away) {
      set(false);
      return;
    }
    const timer = setTimeout(() => set(true), state.loaded ? 1500 : 6000);
    return () => clearTimeout(timer);
  }, [away, state.loaded]);
  return lost;
}
