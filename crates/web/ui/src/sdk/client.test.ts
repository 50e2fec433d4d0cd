import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type VisitorClient, visitorClient } from './client.ts';
import type { Env } from './env.ts';
import './acts.ts';
import './poll.ts';
import { FakeGateway } from './test/gateway.ts';

let gateway: FakeGateway;
const clients: VisitorClient[] = [];
const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const texts = (client: VisitorClient) => client.state.messages.map((m) => m.text?.content);
const waiting = (client: VisitorClient) => client.state.pending.filter((entry) => entry.state === 'waiting').length;

function visitor(extra: Partial<Env> = {}, entryPoint = 'ep'): VisitorClient {
  const client = visitorClient({ origin: 'http://gateway', entryPoint, env: gateway.env(extra) });
  clients.push(client);
  client.start();
  return client;
}

beforeEach(() => {
  vi.useFakeTimers();
  gateway = new FakeGateway();
});
afterEach(() => {
  for (const client of clients.splice(0)) client.stop();
  vi.useRealTimers();
});

describe('a visit', () => {
  it('opens, shows the last messages and keeps its token', async () => {
    for (let n = 1; n <= 40; n++) gateway.write(`m${n}`);
    const client = visitor();
    await wait(50);
    expect(client.state.link).toEqual({ status: 'online', via: 'socket' });
    expect(client.state.messages.map((m) => m.seq)).toEqual(Array.from({ length: 30 }, (_, n) => n + 11));
    expect(client.state.hasEarlier).toBe(true);
    await client.loadEarlier();
    await wait(1);
    expect(client.state.messages).toHaveLength(40);
    expect(client.state.hasEarlier).toBe(false);
    client.stop();
    const later = visitor();
    await wait(50);
    expect(gateway.opens.at(-1)).toMatchObject({ entry_point_id: 'ep', token: 't1' });
    expect(later.state.messages).toHaveLength(30);
  });

  it('begins anew when its token is not known any more, and still sends what was typed', async () => {
    const client = visitor();
    client.sendText('还在吗');
    gateway.storage.setItem('kefu:ep:token', 'gone');
    client.stop();
    const later = visitor();
    await wait(2_000);
    expect(gateway.opens.map((body) => body.token)).toContain('gone');
    expect(gateway.texts()).toEqual(['还在吗']);
    expect(later.state.pending).toEqual([]);
  });

  it('does not become a guest when the signed identity is refused', async () => {
    gateway.refuseOpen = [[401, 'identity_invalid']];
    const client = visitorClient({ origin: 'http://gateway', entryPoint: 'ep', env: gateway.env() });
    clients.push(client);
    const errors: string[] = [];
    client.on('error', ({ code }) => errors.push(code));
    client.identify(`x.${btoa('{"sub":"u1"}')}.y`);
    client.start();
    await wait(60_000);
    expect(client.state.link).toEqual({ status: 'stopped', reason: 'identity' });
    expect(gateway.opens).toHaveLength(1);
    expect(errors).toEqual(['identity_invalid']);
  });

  it('is heard even where the gateway takes no attributes', async () => {
    gateway.refuseOpen = [[400, 'bad_request']];
    const client = visitorClient({ origin: 'http://gateway', entryPoint: 'ep', env: gateway.env() });
    clients.push(client);
    client.setAttributes({ plan: 'gold' });
    client.start();
    await wait(50);
    expect(client.state.link.status).toBe('online');
    expect(gateway.opens.map((body) => 'attributes' in body)).toEqual([true, false]);
  });

  it('tells what was said of the visitor in the order in which it was said', async () => {
    gateway.openTravelsMs = 300;
    const client = visitor();
    await wait(500);
    client.setAttributes({ 草稿: 'x' });
    await wait(100);
    client.setAttributes({ 草稿: null });
    client.setAttributes({ 来源: '春茶' });
    await wait(100);
    expect(gateway.opens).toHaveLength(2);
    await wait(1_000);
    expect(gateway.opens.map((body) => body.attributes)).toEqual([undefined, { 草稿: 'x' }, { 草稿: null, 来源: '春茶' }]);
    expect(client.state.link.status).toBe('online');
  });

  it('forgets one person before it knows another', async () => {
    const client = visitor();
    client.identify(`x.${btoa('{"sub":"u1"}')}.y`);
    await wait(50);
    client.sendText('我是一号');
    await wait(50);
    gateway.visitor = 'v2';
    gateway.log = [];
    client.identify(`x.${btoa('{"sub":"u2"}')}.y`);
    await wait(50);
    expect(client.state.messages).toEqual([]);
    expect(gateway.opens.at(-1)).not.toHaveProperty('token');
  });
});

describe('sending', () => {
  it('acknowledges in order, one at a time', async () => {
    const client = visitor();
    await wait(50);
    for (let n = 1; n <= 5; n++) client.sendText(`m${n}`);
    await wait(10);
    expect(gateway.texts()).toEqual(['m1', 'm2', 'm3', 'm4', 'm5']);
    expect(texts(client)).toEqual(gateway.texts());
    expect(client.state.pending).toEqual([]);
  });

  it('shows its own message once, whether or not the gateway repeats it', async () => {
    for (const echo of [true, false]) {
      gateway.echo = echo;
      const client = visitor({}, `ep-${echo}`);
      await wait(50);
      client.sendText('一次');
      await wait(10);
      expect(texts(client).filter((text) => text === '一次')).toHaveLength(1);
      gateway.log = [];
    }
  });

  it('keeps what was said without a line over a reload, and sends it once', async () => {
    gateway.down = true;
    const client = visitor();
    client.sendText('第一句');
    await wait(5);
    client.sendText('第二句');
    await wait(5_000);
    expect(client.state.pending.map((entry) => entry.state)).toEqual(['waiting', 'waiting']);
    client.stop();
    gateway.down = false;
    const later = visitor();
    expect(later.state.pending).toHaveLength(2);
    await wait(100);
    expect(gateway.texts()).toEqual(['第一句', '第二句']);
    expect(texts(later)).toEqual(['第一句', '第二句']);
  });

  it('waits as long as the gateway asks, and lets nothing overtake', async () => {
    const client = visitor();
    await wait(50);
    gateway.refuseSends = [{ code: 'overloaded', retry_after_s: 3 }];
    client.sendText('一');
    client.sendText('二');
    await wait(2_900);
    expect(gateway.log).toEqual([]);
    await wait(200);
    expect(gateway.texts()).toEqual(['一', '二']);
  });

  it('keeps a refused message with its reason and sends the next', async () => {
    const client = visitor();
    await wait(50);
    gateway.refuseSends = [{ code: 'blocked' }];
    client.sendText('一');
    client.sendText('二');
    await wait(50);
    expect(gateway.texts()).toEqual(['二']);
    expect(client.state.pending[0]).toMatchObject({ state: 'failed', code: 'blocked' });
    client.retry(client.state.pending[0]?.id ?? '');
    await wait(50);
    expect(gateway.texts()).toEqual(['二', '一']);
  });

  it('uses a new id after a conflict', async () => {
    const client = visitor();
    await wait(50);
    gateway.refuseSends = [{ code: 'idempotency_conflict' }];
    client.sendText('一');
    await wait(10);
    const first = client.state.pending[0]?.id;
    client.retry(first ?? '');
    await wait(10);
    expect(gateway.texts()).toEqual(['一']);
    expect(gateway.log[0]?.client_msg_id).not.toBe(first);
  });

  it('does not repeat by itself what the gateway may have forgotten', async () => {
    gateway.down = true;
    visitor().sendText('很久以前');
    await wait(1);
    clients[0]?.stop();
    vi.setSystemTime(Date.now() + 7 * 24 * 3600 * 1000);
    gateway.down = false;
    const later = visitor();
    await wait(100);
    expect(gateway.log).toEqual([]);
    expect(later.state.pending[0]).toMatchObject({ state: 'failed', code: 'too_old' });
  });

  it('refuses empty, too long and too many', async () => {
    gateway.down = true;
    const client = visitor();
    expect(client.sendText('  \n ')).toBe(false);
    expect(client.sendText('长'.repeat(4097))).toBe(false);
    for (let n = 0; n < 50; n++) expect(client.sendText(`m${n}`)).toBe(true);
    expect(client.sendText('第五十一')).toBe(false);
  });
});

describe('reconnecting', () => {
  it('loses nothing and doubles nothing over 40 broken lines', async () => {
    const client = visitor();
    await wait(50);
    const said: string[] = [];
    for (let round = 0; round < 40; round++) {
      client.sendText(`客 ${round}`);
      said.push(`客 ${round}`);
      if (round % 3 === 0) gateway.swallowAcks = 1;
      if (round % 4 === 1) gateway.live?.end(1006);
      gateway.tell(`人 ${round}`);
      if (round % 5 === 2) gateway.write(`断线时 ${round}`);
      await wait(round % 2 ? 40_000 : 30);
    }
    await wait(120_000);
    expect(texts(client)).toEqual(gateway.texts().slice(-texts(client).length));
    const stored = gateway.log.filter((m) => m.origin === 3).map((m) => m.text?.content);
    expect(stored).toEqual(said);
    expect(new Set(client.state.messages.map((m) => m.seq)).size).toBe(client.state.messages.length);
    expect(client.state.messages.at(-1)?.seq).toBe(gateway.log.length);
    expect(waiting(client)).toBe(0);
  });

  it('says how far it knows, and takes only what it has not', async () => {
    const client = visitor();
    await wait(50);
    gateway.tell('一');
    gateway.tell('二');
    gateway.push(gateway.change(1, { recalled: true }));
    gateway.live?.end(1001);
    gateway.write('三');
    gateway.change(2, { text: { content: '二改' } });
    await wait(2_000);
    expect(gateway.live?.sent[0]).toMatchObject({ op: 'hello', epoch: 'e1', seq: 2, rev: 1 });
    expect(texts(client)).toEqual(['一', '二改', '三']);
    expect(client.state.messages[0]?.recalled).toBe(true);
  });

  it('does not count a change as known before the replay is whole', async () => {
    gateway.write('一');
    gateway.write('二');
    const client = visitor();
    await wait(50);
    const line = gateway.live;
    line?.end(1006);
    await wait(500);
    // The next line breaks in mid-replay, after a late change and before an early one.
    const next = gateway.sockets.at(-1);
    expect(next).not.toBe(line);
    await wait(2_000);
    gateway.live?.end(1006);
    gateway.change(1, { text: { content: '一改' } });
    gateway.change(2, { text: { content: '二改' } });
    const spy = vi.spyOn(gateway, 'hear').mockImplementationOnce((socket) => {
      socket.say({ op: 'welcome', epoch: 'e1', seq: 2, rev: 2, session: { service_state: 0 } });
      socket.say({ op: 'message', ...gateway.log[1] });
      socket.end(1006);
    });
    await wait(10_000);
    spy.mockRestore();
    await wait(30_000);
    expect(texts(client)).toEqual(['一改', '二改']);
  });

  it('drops what comes twice and orders what comes late', async () => {
    const client = visitor();
    await wait(50);
    const one = gateway.write('一');
    const two = gateway.write('二');
    const three = gateway.write('三');
    gateway.push(one);
    gateway.push(three);
    await wait(1);
    expect(texts(client)).toEqual(['一']);
    gateway.push(two);
    gateway.push(two);
    gateway.push(one);
    await wait(1);
    expect(texts(client)).toEqual(['一', '二', '三']);
  });

  it('does not take an older state of a message for a newer one', async () => {
    const client = visitor();
    await wait(50);
    const before = gateway.tell('原话');
    gateway.push(gateway.change(1, { recalled: true }));
    gateway.push(before);
    await wait(1);
    expect(client.state.messages[0]?.recalled).toBe(true);
  });

  it('fetches a message whose push was lost', async () => {
    const client = visitor();
    await wait(50);
    gateway.write('丢了');
    gateway.tell('到了');
    await wait(1);
    expect(texts(client)).toEqual([]);
    await wait(4_000);
    expect(texts(client)).toEqual(['丢了', '到了']);
  });

  it('loads afresh in another epoch, and keeps what was not acknowledged', async () => {
    const client = visitor();
    await wait(50);
    for (const text of ['一', '二', '三']) gateway.tell(text);
    await wait(1);
    gateway.live?.end(1006);
    gateway.epoch = 'e2';
    gateway.log = gateway.log.slice(0, 2);
    client.sendText('恢复后还要在');
    await wait(30_000);
    expect(texts(client)).toEqual(['一', '二', '恢复后还要在']);
    expect(gateway.texts()).toEqual(['一', '二', '恢复后还要在']);
  });

  it('follows the close codes', async () => {
    const client = visitor();
    await wait(50);
    gateway.live?.end(4008);
    await wait(10);
    expect(client.state.link.status).toBe('online');
    gateway.live?.end(1008);
    await wait(29_000);
    expect(client.state.link.status).toBe('waiting');
    await wait(10_000);
    expect(client.state.link.status).toBe('online');
    await wait(11_000);
    gateway.live?.end(1013, '7');
    await wait(6_900);
    expect(client.state.link.status).toBe('waiting');
    await wait(2_000);
    expect(client.state.link.status).toBe('online');
    await wait(11_000);
    gateway.tokens.clear();
    gateway.live?.end(4401);
    await wait(100);
    expect(client.state.link.status).toBe('online');
    for (const [code, reason] of [[4029, 'elsewhere'], [4403, 'forbidden'], [4400, 'protocol'], [4410, 'continued']] as const) {
      gateway.live?.end(code);
      await wait(120_000);
      expect(client.state.link).toEqual({ status: 'stopped', reason });
      client.resume();
      await wait(100);
      expect(client.state.link.status).toBe('online');
    }
  });

  it('moves to another node when it is asked to, and keeps talking until then', async () => {
    const client = visitor();
    await wait(50);
    const first = gateway.live;
    first?.say({ op: 'reconnect', after_ms: 2_300 });
    client.sendText('还在');
    await wait(2_000);
    expect(gateway.texts()).toEqual(['还在']);
    expect(gateway.live).toBe(first);
    await wait(400);
    expect(gateway.live).not.toBe(first);
    expect(client.state.link.status).toBe('online');
  });

  it('waits longer each time, and at most 30 seconds', async () => {
    gateway.down = true;
    visitor();
    await wait(10 * 60_000);
    const before = gateway.sockets.length;
    gateway.down = false;
    await wait(31_000);
    expect(clients[0]?.state.link.status).toBe('online');
    expect(before).toBeLessThan(40);
  });

  it('notices a line that is dead without being closed', async () => {
    const client = visitor();
    await wait(50);
    gateway.down = true;
    await wait(24_000);
    expect(client.state.link.status).toBe('online');
    await wait(2_000);
    expect(client.state.link.status).not.toBe('online');
    gateway.down = false;
    client.nudge();
    await wait(15_000);
    expect(client.state.link.status).toBe('online');
  });

  it('beats while it is only spoken to', async () => {
    visitor();
    await wait(50);
    for (let second = 0; second < 40; second++) {
      gateway.live?.say({ op: 'typing', on: true });
      await wait(1_000);
    }
    expect(gateway.live?.sent.filter((frame) => frame.op === 'ping').length).toBeGreaterThanOrEqual(2);
  });
});

describe('without sockets', () => {
  it('falls back to the long poll, both ways, and returns when sockets work', async () => {
    gateway.noSockets = true;
    const client = visitor();
    await wait(3_000);
    expect(client.state.link).toEqual({ status: 'online', via: 'poll' });
    client.sendText('走轮询');
    await wait(500);
    gateway.write('收到');
    await wait(500);
    expect(texts(client)).toEqual(['走轮询', '收到']);
    gateway.noSockets = false;
    await wait(120_000);
    expect(client.state.link).toEqual({ status: 'online', via: 'socket' });
    gateway.tell('还在');
    await wait(10);
    expect(texts(client)).toEqual(['走轮询', '收到', '还在']);
  });

  it('keeps what is shown when an ack overtakes an older answer to a poll', async () => {
    gateway.noSockets = true;
    gateway.pollTravelsMs = 400;
    const client = visitor();
    await wait(3_500);
    const shown: (string | undefined)[][] = [];
    for (const text of ['一', '二', '三', '四', '五']) {
      client.sendText(text);
      for (let n = 0; n < 3; n++) {
        await wait(50);
        shown.push(texts(client));
      }
    }
    await wait(2_000);
    expect(texts(client)).toEqual(['一', '二', '三', '四', '五']);
    expect(shown.every((list, at) => at === 0 || list.length >= shown[at - 1]!.length)).toBe(true);
  });
});
