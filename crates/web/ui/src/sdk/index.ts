// @kefu/visitor: everything that an app needs to be a visitor of a Kefu gateway.
export type { Acts } from './acts.ts';
export { type ClientOptions, type VisitorClient, visitorClient } from './client.ts';
export type { Env, SocketLike } from './env.ts';
export { Refusal } from './http.ts';
export type { LinkState } from './link.ts';
export type { Pending, PendingState } from './outbox.ts';
export type * from './protocol.ts';
export type { ClientEvents, ClientState } from './state.ts';
export type { StorageLike } from './storage.ts';
export type { VisitFacts } from './visit.ts';
