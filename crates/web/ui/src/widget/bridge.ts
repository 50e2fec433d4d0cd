// What the loader in the brand's page and the app in its frame say to each other. After a greeting
// that both sides check by origin and window, they speak over a private MessagePort.

import type { SignalFrame } from '../sdk/index.ts';

/** The app's first words, to the window above it; the loader answers with a port. */
export const greeting = 'kefu:hello';
export const handover = 'kefu:port';

export interface PageFacts { url: string; title: string; referrer?: string }
export type Scheme = 'light' | 'dark' | 'auto';

export interface Config {
  locale?: string;
  scheme?: Scheme;
  campaign?: string;
  identity?: string;
  attributes?: Record<string, unknown>;
  page: PageFacts;
}

export type ToApp =
  | { t: 'config'; config: Config }
  /** Whether the visitor sees the app, how it is laid out, and what the screen's edges cover: top, right, bottom, left, in CSS pixels. */
  | { t: 'shown'; shown: boolean; full: boolean; edges: [number, number, number, number] }
  | { t: 'prefill'; text: string }
  | { t: 'identify'; identity: string }
  | { t: 'attributes'; attributes: Record<string, unknown> }
  | { t: 'locale'; locale: string }
  | { t: 'scheme'; scheme: Scheme }
  | { t: 'page'; page: PageFacts }
  | { t: 'popout' }
  /** What the site tells the gateway in passing. */
  | { t: 'signal'; frame: Extract<SignalFrame, { op: 'event' | 'tag' }> }
  | { t: 'reset' }
  | { t: 'stop' };

export type EventName = 'ready' | 'open' | 'close' | 'unread' | 'error' | 'message_sent' | 'message_received' | 'agent_joined' | 'conversation_ended';

export type ToLoader =
  | { t: 'ready' }
  /** The brand's colour, darkened until white on it is readable. */
  | { t: 'face'; color: string | null }
  | { t: 'unread'; count: number; last: { name: string; text: string } | null }
  | { t: 'close' }
  | { t: 'event'; name: EventName; detail: unknown };
