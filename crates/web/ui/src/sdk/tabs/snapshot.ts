// All that a tab needs to go on from where the leader stands.
import type { LinkState } from '../link.ts';
import type { Pending } from '../outbox.ts';
import type { Message, OpenAnswer, Session } from '../protocol.ts';
import type { Thread } from '../thread.ts';

export interface Snapshot {
  opened: OpenAnswer;
  thread: ThreadDump;
  session: Session;
  agentRead: number;
  link: LinkState;
  pending: Pending[];
}

export interface ThreadDump { epoch: string | null; head: number; rev: number; expected: number; messages: Message[] }

export function dump({ epoch, head, rev, expected, held }: Thread): ThreadDump {
  return { epoch, head, rev, expected, messages: [...held.values()] };
}

export function load(thread: Thread, { epoch, head, rev, expected, messages }: ThreadDump): void {
  thread.clear();
  Object.assign(thread, { epoch, head, rev, seenRev: rev, expected });
  thread.hold(messages);
}
