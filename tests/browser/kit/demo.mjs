// A whole demo in a throw-away folder: gateway, simulator, demo site, each on a free port.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const binary = process.env.KEFU_BIN ?? join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug', 'kefu');

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** What a demo printed: addresses and logins. */
function read(out) {
  const address = (name) => out.match(new RegExp(`^${name}\\s+(http://\\S+)`, 'm'))?.[1];
  const logins = Object.fromEntries([...out.matchAll(/^ {6,}(\w+)\s+(\S+)$/gm)].map(([, account, password]) => [account, password]));
  return { console: address('Console'), site: address('Demo site'), chat: address('Chat page'), phone: address('Phone'), logins };
}

export class Demo {
  #child = null;
  #folder = mkdtempSync(join(tmpdir(), 'kefu-browser-'));
  #ports = null;

  static async start() {
    if (!existsSync(binary)) throw new Error(`${binary} is missing: make ui && cargo build -p kefu`);
    const demo = new Demo();
    const [gateway, simulator, site] = [await freePort(), await freePort(), await freePort()];
    demo.#ports = { gateway, simulator, site };
    await demo.start();
    return demo;
  }

  /** Starts, or starts again, on the same ports and the same data. */
  async start() {
    const { gateway, simulator, site } = this.#ports;
    const at = (port) => `127.0.0.1:${port}`;
    const log = openSync(join(this.#folder, 'log'), 'a');
    const child = spawn(binary, ['demo', '--listen', at(gateway), '--data', join(this.#folder, 'data'), '--simulator', at(simulator), '--site', at(site)], { stdio: ['ignore', 'pipe', log] });
    this.#child = child;
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
    const until = Date.now() + 30_000;
    while (!/^listening on/m.test(out)) {
      if (child.exitCode !== null || Date.now() > until) throw new Error(`the demo did not start:\n${out}${this.log()}`);
      await pause(50);
    }
    Object.assign(this, read(out));
    this.url = `http://${at(gateway)}`;
    this.simulator = `http://${at(simulator)}`;
  }

  /** The end of what it logged. */
  log() {
    return readFileSync(join(this.#folder, 'log'), 'utf8').split('\n').slice(-30).join('\n');
  }

  /** As a power cut would. */
  async kill() {
    this.#child.kill('SIGKILL');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }

  async stop() {
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      const gone = once(child, 'exit');
      if (!(await Promise.race([gone.then(() => true), pause(10_000)]))) child.kill('SIGKILL');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A control verb of the simulator. */
  async sim(verb, body) {
    const answer = await fetch(`${this.simulator}/sim/${verb}`, body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`/sim/${verb} answered ${answer.status}: ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /** The HTTP API as one of the demo's people. */
  async as(account) {
    const { url } = this;
    const signed = await fetch(`${url}/v1/login`, { method: 'POST', headers: { 'content-type': 'application/json', origin: url }, body: JSON.stringify({ account, password: this.logins[account] }) });
    if (!signed.ok) throw new Error(`${account} cannot sign in: ${signed.status} ${await signed.text()}`);
    const cookie = signed.headers.get('set-cookie').split(';')[0];
    const call = async (method, path, body) => {
      const answer = await fetch(`${url}/v1${path}`, { method, headers: { cookie, origin: url, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
      return text ? JSON.parse(text) : null;
    };
    return { cookie, me: await call('GET', '/me'), get: (path) => call('GET', path), post: (path, body = {}) => call('POST', path, body), patch: (path, body) => call('PATCH', path, body) };
  }
}
