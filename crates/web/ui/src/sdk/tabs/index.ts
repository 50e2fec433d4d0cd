// @kefu/visitor/tabs: for pages, where one visitor may have many tabs.
export { tabbedClient } from './client.ts';
export { type Browser, type ChannelLike, type LocksLike, thisBrowser } from './line.ts';
