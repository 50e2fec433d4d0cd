// A person with the simulated WeChat.
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
  }

  /** Opens the page of one of the sources of the left column. */
  async visit(source) {
    await this.page.locator('.src button').filter({ has: this.page.getByText(source, { exact: true }) }).click();
    await this.page.locator('.place').waitFor();
  }

  /** Comes in by a source: its page, and the button there that leads to the chat. */
  async enter(source) {
    await this.visit(source);
    await this.page.locator('.place .go').click();
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
}
