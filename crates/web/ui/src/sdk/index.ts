// @kefu/visitor: everything that an app needs to be a visitor of a Kefu gateway.
export { VisitorClient } from './client.ts';
export { type ClientOptions, VisitorCore } from './core.ts';
export type { Env, SocketLike } from './env.ts';
export { Refusal } from './http.ts';
export type { LinkState } from './link.ts';
export type { Pending, PendingState } from './outbox.ts';
export type * from './protocol.ts';
export type { ClientEvents, ClientState } from './state.ts';
export type { StorageLike } from './storage.ts';
export type { VisitFacts } from './visit.ts';
