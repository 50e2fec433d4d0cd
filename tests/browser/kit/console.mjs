// An agent at the console, in words of what agents do.
import { until } from './browser.mjs';

export class Agent {
  /** Signs in without the form and opens the workplace. */
  static async at(demo, context, account, path = 'work') {
    const agent = new Agent(demo, account, await context.newPage());
    const answer = await context.request.post(`${demo.url}/v1/login`, { headers: { origin: demo.url }, data: { account, password: demo.logins[account] } });
    if (!answer.ok()) throw new Error(`${account} cannot sign in: ${answer.status()} ${await answer.text()}`);
    await agent.page.goto(`${demo.url}/console/${path}`);
    return agent;
  }

  constructor(demo, account, page) {
    this.demo = demo;
    this.account = account;
    this.page = page;
    this.log = page.getByRole('log');
    this.field = page.locator('.comp textarea');
    this.panel = page.locator('.panel');
    this.head = page.locator('.th-head, .thread header').first();
  }

  async signIn() {
    await this.page.goto(`${this.demo.url}/console/`);
    await this.page.getByLabel('账号').fill(this.account);
    await this.page.locator('input[name=password]').fill(this.demo.logins[this.account]);
    await this.page.getByRole('button', { name: '登录' }).click();
    await this.page.locator('.list').waitFor();
  }

  /** online, busy, offline, or a break. */
  async be(state) {
    const words = { online: '在线', busy: '忙碌', offline: '离线' }[state];
    const button = this.page.getByRole('button', { name: /^我的状态/ });
    // How many one takes is known when the gateway has said welcome; before, nobody answers.
    await this.page.locator('.me', { hasText: /\/ [1-9]/ }).waitFor();
    if ((await button.textContent()).includes(words)) return;
    await button.click();
    await this.page.locator('.menu-item', { hasText: words }).first().click();
    await until(`the console shows ${words}`, async () => (await button.textContent()).includes(words));
  }

  /** Cards in the list, newest arrangement. */
  card(text) {
    return this.page.locator('.list .item', text ? { hasText: text } : {});
  }

  tab(name) {
    return this.page.getByRole('tab', { name }).click();
  }

  async open(text) {
    await this.card(text).first().click();
    await this.log.waitFor();
  }

  async say(text) {
    await this.field.fill(text);
    await this.field.press('Enter');
  }

  /** Sends a file as from the tool below the field. */
  async sendFile(file) {
    await this.page.locator('.comp input[type=file]').setInputFiles(file);
    await this.page.locator('.attached li').waitFor();
    await until('the file is uploaded', () => this.page.locator('.comp .foot .btn.main').first().isEnabled());
    await this.field.press('Enter');
  }

  /** Offers the first specialist (服务专员) or fan group (粉丝群) of the sheet. */
  async offer(kind) {
    await this.page.locator('.thread header').getByRole('button', { name: '升级服务' }).click();
    const sheet = this.page.getByRole('dialog', { name: '升级服务' });
    await sheet.getByRole('button', { name: kind }).click();
    await sheet.locator('.pick').nth(1).click();
    await sheet.getByRole('button', { name: /^发送/ }).click();
    await sheet.waitFor({ state: 'hidden' });
    await this.log.locator('.spec').first().waitFor();
  }

  /** The offer in the thread has come to this step. */
  step(word) {
    return this.log.locator('.spec .steps .now', { hasText: word }).first().waitFor();
  }

  /** Words of the line that says where the customer came from. */
  cameFrom(words) {
    return this.page.locator('.origin').getByText(words).first().waitFor();
  }

  /** A picture of the customer's has come and is shown. */
  async seesPicture() {
    const picture = this.log.locator('.msg-row:not(.ours) .shot img').last();
    await picture.waitFor();
    await until('the console has loaded the picture', () => picture.evaluate((img) => img.complete && img.naturalWidth > 0));
  }

  /** A message in the thread that holds these words. */
  message(text) {
    return this.log.locator('.msg-row', { hasText: text });
  }

  async sees(text) {
    await this.message(text).first().waitFor();
  }

  /** How many of one's own messages are still on their way. */
  unsent() {
    return this.log.locator('.spin').count();
  }

  /** Texts of all bubbles, in order. */
  bubbles() {
    return this.log.locator('.bub').allInnerTexts();
  }
}

/** Everybody else is away, so that customers come to these. */
export async function alone(demo, ...accounts) {
  const boss = await demo.as('admin');
  for (const account of ['linzhixia', 'shenjia', 'taoran', 'cenxi']) {
    const one = await demo.as(account);
    if (!accounts.includes(account)) await boss.post(`/agents/${one.me.servicer_userid}/state`, { state: 'offline' });
  }
}
