// Whether somebody is there, and what a visitor may expect if not.
import type { ClientState } from '../sdk/index.ts';
import { back } from './format.ts';
import type { Words } from './words.ts';

/** Nobody is there now. What the gateway said of a visit counts before what it said at the last one. */
export function resting({ session, kf }: ClientState, now: number): boolean {
  const closed = session.off_hours ?? kf?.open_now === false;
  return closed && !(session.opens_at && session.opens_at <= now);
}

/** `周一 9:00 回复您`; empty if it is not known when. */
export const backAgain = ({ session }: ClientState, now: number, words: Words) => (session.opens_at ? back(session.opens_at, now, words) : '');
