// A visitor on the demo site: the launcher in the site's page, the chat in a frame of another origin.
export class Visitor {
  static async onSite(demo, context) {
    const page = await context.newPage();
    await page.goto(demo.site);
    return new Visitor(page, page.frameLocator('iframe'));
  }

  /** Somebody new on the site, who opens the widget and says this. */
  static async who(demo, context, text) {
    const one = await Visitor.onSite(demo, context);
    await one.openWidget();
    await one.say(text);
    return one;
  }

  static async onChatPage(demo, context, url = demo.chat) {
    const page = await context.newPage();
    await page.goto(url);
    return new Visitor(page, page);
  }

  constructor(page, chat) {
    this.page = page;
    this.chat = chat;
    this.launcher = page.getByRole('button', { name: /^(在线客服|Chat with us)/ });
    this.log = chat.getByRole('log');
    this.field = chat.locator('form.wc textarea');
    this.strip = chat.locator('.strip .off');
    this.head = chat.locator('header.wt');
  }

  async openWidget() {
    await this.launcher.click();
    await this.field.waitFor();
  }

  async say(text) {
    await this.field.fill(text);
    await this.field.press('Enter');
  }

  message(text) {
    return this.log.locator('.m', { hasText: text });
  }

  async sees(text) {
    await this.message(text).first().waitFor();
  }

  /** How many of one's own messages are still on their way, or were refused. */
  unsent() {
    return this.log.locator('.m.going, .m.wait, .m.fail').count();
  }

  /** Texts of all bubbles, in order. */
  bubbles() {
    return this.log.locator('.bub').allInnerTexts();
  }
}
