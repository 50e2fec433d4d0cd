// The four steps of a handoff, in order, each with whether and when it was reached.
import type { HandoffKind, HandoffStatus } from '../net/protocol';
import type { Word } from '../words';

export interface Step {
  key: string;
  label: Word;
  done: boolean;
  current: boolean;
  at?: number | null;
}

interface Followed {
  kind: HandoffKind;
  status: HandoffStatus;
  offered_at?: number | null;
  seen_at?: number | null;
  opened_at?: number | null;
  done_at?: number | null;
}

export function handoffSteps(h: Followed, sent_at?: number): Step[] {
  const group = h.kind === 'fan_group';
  const reached = { offered: 0, seen: 1, opened: 2, added: 3, joined: 3, expired: 0, refused: 0, failed: -1 }[h.status] ?? 0;
  const steps: [string, Word, number | null | undefined][] = [
    ['offered', 'handoff.offered', h.offered_at ?? sent_at],
    ['seen', 'handoff.seen', h.seen_at],
    ['opened', group ? 'handoff.opened.group' : 'handoff.opened', h.opened_at],
    ['done', group ? 'handoff.joined' : 'handoff.added', h.done_at],
  ];
  return steps.map(([key, label, at], n) => ({ key, label, done: n <= reached, current: n === reached, at: n <= reached ? at : null }));
}
