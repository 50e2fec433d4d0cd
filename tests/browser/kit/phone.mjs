// A person with the simulated WeChat.
import { until } from './browser.mjs';

export class Phone {
  static async pickUp(demo, context) {
    const page = await context.newPage();
    await page.goto(demo.phone);
    return new Phone(page);
  }

  constructor(page) {
    this.page = page;
    this.log = page.locator('.ph').getByRole('log');
    this.field = page.locator('.ph .in0 textarea');
    this.sheet = page.locator('.ph').getByRole('dialog');
    this.cards = this.log.locator('.ln:not(.me) .pc, .ln:not(.me) .shot');
    this.place = page.locator('.place');
    this.screen = page.locator('.ph');
  }

  /** Opens the page of one of the sources of the left column. */
  async visit(source) {
    await this.page.locator('.src button').filter({ has: this.page.getByText(source, { exact: true }) }).click();
    await this.place.waitFor();
  }

  /** Comes in by a source: its page, and the button there that leads to the chat. */
  async enter(source) {
    await this.visit(source);
    await this.place.locator('.go').first().click();
    await this.field.waitFor();
  }

  async enterLink(url) {
    await this.page.locator('.paste input').fill(url);
    await this.page.locator('.paste button').click();
    await this.field.waitFor();
  }

  async say(text) {
    await this.field.fill(text);
    await this.field.press('Enter');
  }

  line(text) {
    return this.log.locator('.item', { hasText: text });
  }

  async sees(text) {
    await this.line(text).first().waitFor();
  }

  /** Sends a picture by the tool below the field. */
  sendPicture(file) {
    return this.page.locator('.ph input[type=file][accept*=png]').setInputFiles(file);
  }

  /** Sends what one of the tools below the field sends. */
  async use(tool) {
    const tools = this.page.locator('.ph .tools');
    if (!(await tools.isVisible())) await this.page.locator('.ph').getByRole('button', { name: '更多功能' }).click();
    await tools.getByRole('button', { name: tool, exact: true }).click();
  }

  /** A picture of the brand's has come and is shown. */
  async seesPicture() {
    const picture = this.log.locator('.ln:not(.me) .shot img').last();
    await picture.waitFor();
    await until('the phone has loaded the picture', () => picture.evaluate((img) => img.complete && img.naturalWidth > 0));
  }

  /** Opens the brand's last card, or reads the code of its last picture. */
  async openCard() {
    await this.cards.first().waitFor();
    await this.cards.last().click();
    const code = this.sheet.getByRole('button', { name: '识别图中二维码' });
    await code.or(this.sheet.getByRole('button', { name: /^(添加为联系人|加入群聊)$/ })).first().waitFor();
    if (await code.isVisible()) await code.click();
  }

  /** Adds the specialist whose card came last. */
  async add() {
    await this.openCard();
    await this.sheet.getByRole('button', { name: '添加为联系人' }).click();
  }
}
