// Tabs of one browser: one line, one outbox, one thread.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { VisitorClient } from '../client.ts';
import { FakeGateway } from '../test/gateway.ts';
import { type Browser as Parts, type ChannelLike, type LocksLike, tabbedClient } from './index.ts';

/** A browser's channels and locks, by script. `asleep` tabs hear nothing. */
class Browser {
  private readonly channels = new Set<ChannelLike & { tab: string; heard?: (event: { data: unknown }) => void }>();
  private queue: { tab: string; held: () => Promise<void>; signal?: AbortSignal | undefined; ok: () => void; lost: (e: Error) => void }[] = [];
  private holder: (typeof this.queue)[number] | null = null;
  readonly asleep = new Set<string>();

  parts(tab: string): Parts {
    const channel = (): ChannelLike => {
      const self: ChannelLike & { tab: string; heard?: (event: { data: unknown }) => void } = {
        tab,
        addEventListener: (_event: string, heard: unknown) => (self.heard = heard as (event: { data: unknown }) => void),
        postMessage: (data) => {
          const copy = structuredClone(data);
          for (const other of this.channels) if (other !== self) setTimeout(() => !this.asleep.has(other.tab) && other.heard?.({ data: copy }), 1);
        },
        close: () => this.channels.delete(self),
      };
      this.channels.add(self);
      return self;
    };
    const locks: LocksLike = {
      request: (_name, { signal, steal }, held) =>
        new Promise((ok, lost) => {
          const want = { tab, held, signal, ok, lost };
          signal?.addEventListener('abort', () => {
            if (this.holder === want) return;
            this.queue = this.queue.filter((other) => other !== want);
            lost(new Error('aborted'));
          });
          if (steal) {
            this.holder?.lost(new Error('stolen'));
            this.grant(want);
          } else {
            this.queue.push(want);
            setTimeout(() => this.next(), 1);
          }
        }),
    };
    return { channel, locks };
  }

  private grant(want: (typeof this.queue)[number]): void {
    this.holder = want;
    void want.held().then(() => {
      want.ok();
      if (this.holder === want) this.holder = null;
      this.next();
    });
  }

  private next(): void {
    const want = this.holder ? undefined : this.queue.shift();
    if (want) this.grant(want);
  }
}

let gateway: FakeGateway;
let browser: Browser;
const clients: VisitorClient[] = [];
const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const texts = (client: VisitorClient) => client.state.messages.map((m) => m.text?.content);
const lines = () => gateway.sockets.filter((socket) => socket.readyState <= 1).length;

const signed = (person: string) => `x.${btoa(`{"sub":"${person}"}`)}.y`;

function tab(name: string, identity?: string, errors: string[] = []): VisitorClient {
  const client = tabbedClient({ origin: 'http://gateway', entryPoint: 'ep', env: gateway.env() }, browser.parts(name));
  clients.push(client);
  client.on('error', ({ code }) => errors.push(code));
  if (identity) client.identify(identity);
  client.start();
  return client;
}

beforeEach(() => {
  vi.useFakeTimers();
  gateway = new FakeGateway();
  browser = new Browser();
});
afterEach(() => {
  for (const client of clients.splice(0)) client.stop();
  vi.useRealTimers();
});

it('shares one line, whichever tab speaks', async () => {
  gateway.write('早');
  const [one, two, three] = [tab('1'), tab('2'), tab('3')];
  await wait(100);
  expect(lines()).toBe(1);
  expect(gateway.opens).toHaveLength(1);
  two.sendText('二号说');
  three.sendText('三号说');
  await wait(50);
  gateway.tell('好');
  await wait(50);
  for (const client of [one, two, three]) {
    expect(client.state.link.status).toBe('online');
    expect([...texts(client)].sort()).toEqual(['三号说', '二号说', '好', '早'].sort());
    expect(texts(client)).toEqual(gateway.texts());
    expect(client.state.pending).toEqual([]);
  }
});

it('goes on in another tab when the one with the line is closed', async () => {
  const [one, two] = [tab('1'), tab('2')];
  await wait(100);
  gateway.tell('一');
  await wait(10);
  one.stop();
  gateway.write('没人听见');
  two.sendText('换我');
  await wait(2_000);
  expect(lines()).toBe(1);
  expect(texts(two)).toEqual(gateway.texts());
  expect(gateway.texts()).toEqual(['一', '没人听见', '换我']);
});

it('takes the line from a tab that sleeps, and gives it one when it wakes', async () => {
  const [one, two] = [tab('1'), tab('2')];
  await wait(100);
  browser.asleep.add('1');
  two.sendText('有人吗');
  two.nudge();
  await wait(3_000);
  expect(gateway.texts()).toEqual(['有人吗']);
  expect(texts(two)).toEqual(['有人吗']);
  browser.asleep.delete('1');
  gateway.tell('有');
  await wait(4_000);
  expect(lines()).toBe(1);
  expect(texts(one)).toEqual(['有人吗', '有']);
  expect(texts(two)).toEqual(['有人吗', '有']);
});

it('reads in one tab what is unread in all', async () => {
  const [one, two] = [tab('1'), tab('2')];
  await wait(100);
  gateway.tell('看一眼');
  await wait(10);
  expect([one.state.unread, two.state.unread]).toEqual([1, 1]);
  two.markRead();
  await wait(10);
  expect([one.state.unread, two.state.unread]).toEqual([0, 0]);
  expect(gateway.live?.sent).toContainEqual({ op: 'read', seq: 1 });
});

it('forgets in all tabs when the person leaves in one', async () => {
  const [one, two] = [tab('1'), tab('2')];
  await wait(100);
  gateway.tell('私事');
  await wait(10);
  gateway.visitor = 'v2';
  gateway.log = [];
  two.reset();
  await wait(200);
  expect([texts(one), texts(two)]).toEqual([[], []]);
  expect(gateway.opens.at(-1)).not.toHaveProperty('token');
  expect(lines()).toBe(1);
});

it('tells every tab, once, that a signed identity was refused, also the ones that come after', async () => {
  gateway.refuseOpen = [[401, 'identity_invalid']];
  const heard: string[][] = [[], [], []];
  const one = tab('1', signed('u1'), heard[0]);
  const two = tab('2', undefined, heard[1]);
  await wait(1_000);
  const three = tab('3', signed('u1'), heard[2]);
  await wait(1_000);
  expect(heard).toEqual([['identity_invalid'], ['identity_invalid'], ['identity_invalid']]);
  for (const client of [one, two, three]) expect(client.state.link).toEqual({ status: 'stopped', reason: 'identity' });
  expect(gateway.opens).toHaveLength(1);
});

it('hears in the tab with the line who the visitor is to a tab that begins', async () => {
  const errors: string[] = [];
  tab('1');
  await wait(100);
  const two = tab('2', signed('u1'));
  await wait(100);
  expect(gateway.opens.at(-1)).toMatchObject({ identity: signed('u1') });
  expect(two.state.link.status).toBe('online');
  gateway.refuseOpen = [[401, 'identity_invalid']];
  two.on('error', ({ code }) => errors.push(code));
  two.identify(signed('u2'));
  await wait(100);
  expect(errors).toEqual(['identity_invalid']);
  expect(lines()).toBe(0);
});
