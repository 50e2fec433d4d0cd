// A client whose tabs share one line: the one that has it tells the others what comes over it, and
// does what they ask. It adds nothing to what a visitor can do.
import { VisitorClient } from '../client.ts';
import type { ClientOptions } from '../core.ts';
import type { ServerFrame, SignalFrame } from '../protocol.ts';
import type { News, Wish } from '../state.ts';
import type { LinkState } from '../link.ts';
import type { Pending } from '../outbox.ts';
import { type Browser, type TabMessage, Tabs, thisBrowser } from './line.ts';
import { dump, load } from './snapshot.ts';

/** After so long without what is missing, the whole is asked for. */
const joinMs = 2_000;

export class TabbedClient extends VisitorClient {
  private readonly tabs: Tabs;
  private joinAsked = false;
  /** The last that was refused and names no entry. */
  private refusal: ServerFrame | null = null;
  private joining: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ClientOptions, browser: Browser = thisBrowser()) {
    super(options);
    this.tabs = new Tabs(`kefu:${options.entryPoint}`, browser, (lead) => this.onLead(lead), (message) => this.onTab(message));
  }

  override start(): void {
    if (this.running) return;
    this.running = true;
    this.tabs.start(this.visit.identity);
  }

  /** Lets go of line and tabs; the thread stays as it is. */
  override stop(): void {
    if (!this.running) return;
    this.running = false;
    this.tabs.stop();
  }

  override nudge(): void {
    if (this.lead) return super.nudge();
    this.tabs.post({ t: 'nudge' });
    this.tabs.check();
  }

  override resume(): void {
    if (this.lead) super.resume();
    else this.nudge();
  }

  override signal(frame: SignalFrame): boolean {
    if (this.lead) return super.signal(frame);
    if (this.linkState.status !== 'online') return false;
    this.tabs.post({ t: 'signal', frame });
    return true;
  }

  override reset(): void {
    super.reset();
    this.tabs.post({ t: 'reset' });
  }

  protected override get lead(): boolean {
    return this.tabs.lead;
  }

  protected override share(news: News): void {
    super.share(news);
    if (news.t === 'frame' && news.frame.op === 'error' && !news.frame.id) this.refusal = news.frame;
    this.tabs.post(news);
  }

  protected override reopen(wish?: Wish): void {
    if (this.lead || !this.running) super.reopen();
    else if (wish) this.tabs.post(wish);
  }

  protected override reload(): void {
    if (this.lead) super.reload();
    else this.tabs.post({ t: 'join' });
  }

  protected override onLink(state: LinkState): void {
    super.onLink(state);
    if (state.status === 'online' && this.joinAsked) this.answerJoin();
  }

  private onLead(lead: boolean): void {
    if (lead) {
      // What another tab left unsent is ours now.
      this.outbox.restore(this.env.now());
      this.link.start();
    } else this.link.stop();
    this.changed();
  }

  private onTab(message: TabMessage): void {
    if (this.lead) this.asLeader(message);
    else this.asFollower(message);
    switch (message.t) {
      case 'put':
        this.adopted(message.entry);
        break;
      case 'remove':
        if (this.sender.inFlight !== message.id) this.outbox.remove(message.id);
        break;
      case 'read':
        if (message.seq > this.marks.read) this.seen(message.seq);
        break;
      case 'answered':
        this.answered();
        break;
      case 'reset':
        super.reset();
        break;
      default:
        return;
    }
    this.changed();
  }

  private asLeader(message: TabMessage): void {
    switch (message.t) {
      case 'join':
        this.joinAsked = true;
        if (message.identity) this.identify(message.identity);
        if (this.link.online) this.answerJoin();
        else if (this.refusal && this.linkState.status === 'stopped') this.tabs.post({ t: 'refused', state: this.linkState, frame: this.refusal });
        break;
      case 'signal':
        this.link.send(message.frame);
        break;
      case 'identify':
        this.identify(message.identity);
        break;
      case 'attributes':
        this.setAttributes(message.attributes);
        break;
      case 'reopen':
        this.refresh();
        break;
      case 'nudge':
        this.link.nudge();
        break;
      default:
    }
  }

  private asFollower(message: TabMessage): void {
    switch (message.t) {
      case 'snapshot': {
        const { opened, thread, session, agentRead, link, pending } = message.snapshot;
        if (this.loaded && this.linkState.status === 'online' && !this.thread.gap() && this.thread.head >= thread.head) return;
        this.accept(opened);
        load(this.thread, thread);
        this.reception.session = session;
        this.reception.agentRead = agentRead;
        this.linkState = link;
        this.loaded = true;
        for (const entry of pending) this.adopted(entry);
        // The leader said where it is; this tab may be on another page.
        this.marks.opened(true);
        this.marks.tell();
        break;
      }
      case 'frame':
        if (!this.loaded && message.frame.op !== 'error') return;
        this.take(message.frame);
        // A tab that slept has missed some: ask for the whole.
        if (this.thread.gap()) this.joining ??= setTimeout(() => this.rejoin(), joinMs);
        return;
      case 'refused':
        if (this.linkState.status === 'stopped') return;
        this.linkState = message.state;
        this.take(message.frame);
        break;
      case 'link':
        this.linkState = message.state;
        this.sender.pump();
        break;
      case 'opened':
        this.accept(message.opened);
        break;
      default:
        return;
    }
    this.changed();
  }

  /** An entry of another tab. */
  private adopted(entry: Pending): void {
    this.outbox.put(entry);
    this.sender.pump();
  }

  private answerJoin(): void {
    this.joinAsked = false;
    const { opened } = this.visit;
    if (!opened) return;
    const pending = this.outbox.all().filter((entry) => !entry.file && entry.state !== 'uploading');
    const { session, agentRead } = this.reception;
    const { linkState: link, thread } = this;
    this.tabs.post({ t: 'snapshot', snapshot: { opened, thread: dump(thread), session, agentRead, link, pending } });
  }

  private rejoin(): void {
    this.joining = undefined;
    if (this.thread.gap()) this.tabs.post({ t: 'join' });
  }
}
