// A client whose tabs share one line: the one that has it tells the others what comes over it, and
// does what they ask. It adds nothing to what a visitor can do.
import { type ClientOptions, type VisitorClient, visitorClient } from '../index.ts';
import type { Timer } from '../env.ts';
import type { Inside, Line } from '../inside.ts';
import type { ServerFrame } from '../protocol.ts';
import { type Browser, type TabMessage, makeTabs, thisBrowser } from './line.ts';

/** After so long without what is missing, the whole is asked for. */
const joinMs = 2_000;

/** A visitor's client for a page that may be open in several tabs. */
export function tabbedClient(options: ClientOptions, browser: Browser = thisBrowser()): VisitorClient {
  return visitorClient(options, (at) => shared(at, `kefu:${options.entryPoint}`, browser));
}

function shared(at: Inside, name: string, browser: Browser): Line {
  const { visit, link, outbox, thread, reception } = at;
  let joinAsked = false;
  /** The last that was refused and names no entry. */
  let refusal: ServerFrame | null = null;
  let joining: Timer;
  const online = () => at.state.status === 'online';
  const stopped = () => at.state.status === 'stopped';

  const answerJoin = () => {
    joinAsked = false;
    const { opened } = visit;
    const where = thread.position();
    if (!opened || !where) return;
    const pending = outbox.all().filter((entry) => !entry.file && entry.state !== 'uploading');
    const { session, agentRead } = reception;
    const { epoch, seq: head, rev } = where;
    const whole = { epoch, head, rev, expected: head, messages: thread.messages() };
    tabs.post({ t: 'snapshot', snapshot: { opened, thread: whole, session, agentRead, link: at.state, pending } });
  };

  const asLeader = (message: TabMessage) => {
    switch (message.t) {
      case 'join':
        joinAsked = true;
        if (message.identity) at.identify(message.identity);
        if (online()) answerJoin();
        else if (refusal && stopped()) tabs.post({ t: 'refused', state: at.state, frame: refusal });
        break;
      case 'signal':
        link.send(message.frame);
        break;
      case 'identify':
        at.identify(message.identity);
        break;
      case 'attributes':
        at.setAttributes(message.attributes);
        break;
      case 'reopen':
        at.reopen();
        break;
      case 'nudge':
        link.nudge();
        break;
      default:
    }
  };

  const asFollower = (message: TabMessage) => {
    switch (message.t) {
      case 'snapshot': {
        const { opened, thread: whole, session, agentRead, link: state, pending } = message.snapshot;
        if (at.loaded && online() && !thread.gap() && thread.head() >= whole.head) return;
        at.accept(opened);
        thread.clear();
        thread.welcome(whole.epoch, whole.head, whole.rev);
        for (const message of whole.messages) thread.take(message);
        thread.resumed();
        reception.session = session;
        reception.agentRead = agentRead;
        at.state = state;
        at.loaded = true;
        for (const entry of pending) outbox.adopt(entry);
        // The leader said where it is; this tab may be on another page.
        reception.opened(true);
        reception.tell();
        break;
      }
      case 'frame':
        if (!at.loaded && message.frame.op !== 'error') return;
        at.take(message.frame);
        // A tab that slept has missed some: ask for the whole.
        if (thread.gap()) {
          joining ??= setTimeout(() => {
            joining = undefined;
            if (thread.gap()) tabs.post({ t: 'join' });
          }, joinMs);
        }
        return;
      case 'refused':
        if (stopped()) return;
        at.state = message.state;
        at.take(message.frame);
        break;
      case 'link':
        at.state = message.state;
        outbox.pump();
        break;
      case 'opened':
        at.accept(message.opened);
        break;
      default:
        return;
    }
    at.changed();
  };

  const tabs = makeTabs(
    name,
    browser,
    (lead) => {
      if (lead) {
        // What another tab left unsent is ours now.
        outbox.restore();
        link.start();
      } else link.stop();
      at.changed();
    },
    (message) => {
      (tabs.lead() ? asLeader : asFollower)(message);
      switch (message.t) {
        case 'put':
          outbox.adopt(message.entry);
          break;
        case 'remove':
          if (!outbox.flies(message.id)) outbox.remove(message.id);
          break;
        case 'read':
          if (message.seq > reception.read) at.seen(message.seq);
          break;
        case 'answered':
          at.answered();
          break;
        case 'reset':
          at.leave();
          break;
        default:
          return;
      }
      at.changed();
    },
  );

  return {
    lead: tabs.lead,
    start: () => tabs.start(visit.identity),
    stop: tabs.stop,
    nudge() {
      if (tabs.lead()) return link.nudge();
      tabs.post({ t: 'nudge' });
      tabs.check();
    },
    signal(frame) {
      if (tabs.lead()) return link.send(frame);
      if (online()) tabs.post({ t: 'signal', frame });
      return online();
    },
    tell(news) {
      if (news.t === 'frame' && news.frame.op === 'error' && !news.frame.id) refusal = news.frame;
      tabs.post(news);
      if (joinAsked && online()) answerJoin();
    },
  };
}
