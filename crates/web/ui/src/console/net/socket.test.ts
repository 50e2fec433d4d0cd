import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { afterClose, backoff } from './backoff';
import type { Frame } from './protocol';
import { AgentSocket, Refused, Unanswered, type Link } from './socket';

/** A scripted server side: what was sent to it, and frames and closes on demand. */
class Wire {
  static all: Wire[] = [];
  sent: Record<string, unknown>[] = [];
  closed: number | null = null;
  onopen: (() => void) | null = null;
  onmessage: ((e: { data: string }) => void) | null = null;
  onclose: ((e: { code: number; reason: string }) => void) | null = null;
  constructor() {
    Wire.all.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(code = 1000): void {
    this.closed = code;
    this.drop(code);
  }
  open(): this {
    this.onopen?.();
    return this;
  }
  say(frame: object): this {
    this.onmessage?.({ data: JSON.stringify(frame) });
    return this;
  }
  drop(code: number, reason = ''): void {
    this.onclose?.({ code, reason });
  }
}

const welcome = { op: 'welcome', epoch: 'e1', now: 0, heartbeat_ms: 15_000, presence: {}, conversations: [], offers: [], counts: {} };
let frames: Frame[];
let links: Link[];
function client(cursors: () => object = () => ({})) {
  return new AgentSocket({
    open: () => new Wire() as unknown as WebSocket,
    cursors,
    frame: (f) => frames.push(f),
    link: (l) => links.push(l),
    tab: 't1',
    random: () => 0.5,
  });
}
const last = () => Wire.all.at(-1)!;

beforeEach(() => {
  vi.useFakeTimers();
  Wire.all = [];
  frames = [];
  links = [];
});
afterEach(() => vi.useRealTimers());

describe('the socket of a tab', () => {
  test('says hello first, with where it stands, and is ready after the welcome', () => {
    const s = client(() => ({ epoch: 'e1', cursors: { c1: { seq: 12, rev: 3 } } }));
    s.start();
    last().open();
    expect(last().sent).toEqual([{ op: 'hello', tab: 't1', epoch: 'e1', cursors: { c1: { seq: 12, rev: 3 } } }]);
    expect(s.ready).toBe(false);
    last().say(welcome);
    expect(s.ready).toBe(true);
    expect(links.at(-1)).toEqual({ state: 'online' });
    expect(frames.map((f) => f.op)).toEqual(['welcome']);
  });

  test('an answer goes to whoever asked, a refusal as an error with its code', async () => {
    const s = client();
    s.start();
    last().open().say(welcome);
    const one = s.request({ op: 'accept', session_id: 's1' }, 'r1');
    const two = s.request({ op: 'next' }, 'r2');
    last().say({ op: 'error', id: 'r2', code: 'at_capacity', detail: 'full' }).say({ op: 'ack', id: 'r1', seq: 4 });
    await expect(one).resolves.toMatchObject({ seq: 4 });
    await expect(two).rejects.toMatchObject({ code: 'at_capacity' });
    await expect(two).rejects.toBeInstanceOf(Refused);
  });

  test('what was asked when the connection broke is rejected as unanswered', async () => {
    const s = client();
    s.start();
    last().open().say(welcome);
    const asked = s.request({ op: 'close' });
    last().drop(1006);
    await expect(asked).rejects.toBeInstanceOf(Unanswered);
  });

  test('what is asked before the welcome goes out after it', async () => {
    const s = client();
    s.start();
    const asked = s.request({ op: 'state', state: 'online' }, 'r1');
    last().open();
    expect(last().sent.map((f) => f.op)).toEqual(['hello']);
    vi.advanceTimersByTime(3_000);
    last().say(welcome);
    expect(last().sent.at(-1)).toEqual({ op: 'state', state: 'online', id: 'r1' });
    last().say({ op: 'ack', id: 'r1' });
    await expect(asked).resolves.toMatchObject({ id: 'r1' });
    vi.advanceTimersByTime(20_000);
    expect(last().sent.filter((f) => f.op === 'state')).toHaveLength(1);
  });

  test('it waits some seconds and no longer, not for many, and not where no line will come', async () => {
    const s = client();
    s.start();
    const patient = s.request({ op: 'state' });
    const many = Array.from({ length: 31 }, () => s.request({ op: 'next' }).catch((e: unknown) => e));
    await expect(s.request({ op: 'next' })).rejects.toBeInstanceOf(Unanswered);
    vi.advanceTimersByTime(8_000);
    await expect(patient).rejects.toBeInstanceOf(Unanswered);
    expect(await Promise.all(many)).toHaveLength(31);
    last().open().say(welcome);
    expect(last().sent.map((f) => f.op)).toEqual(['hello']);

    last().drop(1006);
    const held = s.request({ op: 'next' });
    vi.advanceTimersByTime(600);
    last().open().drop(4401);
    await expect(held).rejects.toBeInstanceOf(Unanswered);
    await expect(s.request({ op: 'next' })).rejects.toBeInstanceOf(Unanswered);
  });

  test('connects again after the backoff and repeats what it shows', () => {
    const s = client();
    s.start();
    last().open().say(welcome);
    s.cast({ op: 'viewing', conversation_id: 'c1' });
    s.cast({ op: 'typing', conversation_id: 'c1', on: true });
    last().drop(1006);
    expect(links.at(-1)).toMatchObject({ state: 'offline' });
    expect(Wire.all).toHaveLength(1);
    vi.advanceTimersByTime(500);
    expect(Wire.all).toHaveLength(2);
    last().open().say(welcome);
    expect(last().sent.map((f) => f.op)).toEqual(['hello', 'viewing']);
  });

  test('a late frame of an old connection changes nothing', () => {
    const s = client();
    s.start();
    const old = last().open().say(welcome);
    old.drop(1006);
    vi.advanceTimersByTime(600);
    last().open().say(welcome);
    const before = frames.length;
    old.say({ op: 'counts', mine: 9 });
    old.drop(4401);
    expect(frames).toHaveLength(before);
    expect(s.ready).toBe(true);
  });

  test('pings after a silence and gives up a connection that does not answer', () => {
    const s = client();
    s.start();
    last().open().say(welcome);
    vi.advanceTimersByTime(15_500);
    expect(last().sent.filter((f) => f.op === 'ping').length).toBeGreaterThan(0);
    last().say({ op: 'pong' });
    vi.advanceTimersByTime(14_000);
    expect(s.ready).toBe(true);
    vi.advanceTimersByTime(46_000);
    expect(s.ready).toBe(false);
    expect(links.some((l) => l.state === 'offline')).toBe(true);
  });

  test('a line on which only the other side speaks is pinged too, and no loop of timers does it', () => {
    const s = client();
    const loops = vi.spyOn(globalThis, 'setInterval');
    s.start();
    last().open().say(welcome);
    for (let at = 0; at < 60; at += 5) {
      vi.advanceTimersByTime(5_000);
      last().say({ op: 'counts', mine: 1 });
    }
    expect(last().sent.filter((f) => f.op === 'ping').length).toBeGreaterThanOrEqual(3);
    expect(loops).not.toHaveBeenCalled();
    s.stop();
  });

  test('a line that slept with the computer is not trusted on waking', () => {
    const s = client();
    s.start();
    last().open().say(welcome);
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(15_000);
    expect(s.ready).toBe(false);
  });

  test('whoever comes back does not wait for the next try, and a silent line has three seconds to answer', () => {
    const s = client();
    s.start();
    last().open().say(welcome).drop(1006);
    s.nudge();
    expect(Wire.all).toHaveLength(2);
    last().open().say(welcome);
    s.nudge();
    expect(last().sent.map((f) => f.op)).toEqual(['hello']);
    vi.setSystemTime(Date.now() + 40_000);
    s.nudge();
    expect(last().sent.at(-1)).toEqual({ op: 'ping' });
    vi.advanceTimersByTime(3_000);
    expect(s.ready).toBe(false);
    vi.advanceTimersByTime(600);
    last().open().drop(4029);
    s.nudge();
    expect(Wire.all).toHaveLength(3);
  });

  test('leaves when the node asks for it and comes back at the time it named', () => {
    const s = client();
    s.start();
    last().open().say(welcome).say({ op: 'reconnect', after_ms: 2300 });
    expect(Wire.all[0]!.closed).toBe(1000);
    vi.advanceTimersByTime(2200);
    expect(Wire.all).toHaveLength(1);
    vi.advanceTimersByTime(200);
    expect(Wire.all).toHaveLength(2);
    s.stop();
  });

  test('stops for good where the table says so, until a person asks again', () => {
    const s = client();
    s.start();
    last().open().say(welcome).drop(4029);
    vi.advanceTimersByTime(120_000);
    expect(Wire.all).toHaveLength(1);
    expect(links.at(-1)).toEqual({ state: 'stopped', why: 'elsewhere' });
    s.retryNow();
    expect(Wire.all).toHaveLength(2);
  });

  test('stopping is silent and final', () => {
    const s = client();
    s.start();
    last().open().say(welcome);
    s.stop();
    vi.advanceTimersByTime(120_000);
    expect(Wire.all).toHaveLength(1);
    expect(Wire.all[0]!.closed).toBe(1000);
  });
});

describe('close codes', () => {
  test.each([1002, 1003, 1007, 1009, 4400, 4029, 4401, 4403])('%i: not again by itself', (code) => {
    expect(afterClose(code, '', 1).kind).toBe('stop');
  });
  test.each([1000, 1001, 1006, 1011, 4008, 4408])('%i: again', (code) => {
    expect(afterClose(code, '', 1).kind).toBe('again');
  });
  test('too slow: at once; rate: after 30 s; overloaded: after the seconds named', () => {
    expect(afterClose(4008, '', 5, () => 0.5)).toMatchObject({ after_ms: 100 });
    expect(afterClose(1008, '', 1, () => 0)).toMatchObject({ after_ms: 30_000 });
    expect(afterClose(1013, '7', 1, () => 0)).toMatchObject({ after_ms: 7000 });
    expect(afterClose(1013, 'no number', 1, () => 0.5)).toMatchObject({ after_ms: 500 });
  });
  test('backoff doubles from half a second to 30 s, half either way', () => {
    expect([1, 2, 3, 4].map((n) => backoff(n, () => 0.5))).toEqual([500, 1000, 2000, 4000]);
    expect(backoff(40, () => 0.5)).toBe(30_000);
    expect(backoff(1, () => 0)).toBe(250);
    expect(backoff(1, () => 1)).toBe(750);
  });
});
