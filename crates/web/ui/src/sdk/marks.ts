// What the gateway is told in passing: how far the visitor has read, and which page they look at.
// A signal that found no line is told again when there is one.
import type { Message, Page, SignalFrame } from './protocol.ts';
import type { Shelf } from './storage.ts';
import type { VisitFacts } from './visit.ts';

export class Marks {
  /** The visitor has seen messages up to here, in any tab, now or before. */
  read: number;
  private readTold = 0;
  private pageTold: Page | undefined;

  constructor(
    private readonly shelf: Shelf,
    private readonly facts: VisitFacts,
    private readonly signal: (frame: SignalFrame) => boolean,
  ) {
    this.read = Number(shelf.get('read')) || 0;
  }

  see(seq: number): void {
    this.read = seq;
    this.readTold = Math.min(this.readTold, seq);
    if (seq) this.shelf.set('read', String(seq));
    else this.shelf.remove('read');
  }

  /** The page was told with the opening of the visit; or `again`, by another tab and for another page. */
  opened(again = false): void {
    this.pageTold = again ? undefined : this.facts.page;
  }

  tell(): void {
    if (this.read > this.readTold && this.signal({ op: 'read', seq: this.read })) this.readTold = this.read;
    const { page } = this.facts;
    if (!page || (page.url === this.pageTold?.url && page.title === this.pageTold.title)) return;
    if (this.signal({ op: 'page', page: { url: page.url, title: page.title } })) this.pageTold = page;
  }
}

/** How many words of the other side stand after `read`; what the system notes beside them does not count. */
export const unreadAfter = (read: number, messages: Message[]) =>
  messages.filter((m) => m.seq > read && m.origin !== 3 && m.msgtype !== 'event' && !m.recalled).length;
