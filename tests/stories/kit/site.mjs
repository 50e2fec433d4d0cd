// A customer on a website or in an app, as the visitor protocol has them.
import { call, until } from './desk.mjs';

export class Site {
  static async open(demo, { entryPoint, ...opening }) {
    const site = new Site();
    site.url = demo.url;
    site.entryPoint = entryPoint;
    const opened = await call(`${demo.url}/v1/visitor/open`, { method: 'POST', body: { entry_point_id: entryPoint, locale: 'zh-CN', ...opening } });
    site.token = opened.token;
    site.opening = opened;
    return site;
  }

  #post(path, body) {
    return call(`${this.url}/v1/visitor/${path}`, { method: 'POST', bearer: this.token, body });
  }

  say(text) {
    return this.#post('messages', { client_msg_id: `v${Math.random().toString(36).slice(2)}`, msgtype: 'text', text: { content: text } });
  }

  /** The link that leads on into WeChat. */
  goOn() {
    return this.#post('continue', {});
  }

  async sayPicture(bytes) {
    const form = new FormData();
    form.append('media', new Blob([bytes], { type: 'image/png' }), 'leaf.png');
    const media = await call(`${this.url}/v1/visitor/media`, { method: 'POST', bearer: this.token, form });
    return this.#post('messages', { client_msg_id: `v${Math.random().toString(36).slice(2)}`, msgtype: 'image', image: { media_id: media.media_id } });
  }

  async #thread() {
    const page = await call(`${this.url}/v1/visitor/messages?limit=100`, { bearer: this.token });
    return page.messages ?? page;
  }

  /** The texts that the customer was sent. */
  async texts() {
    return (await this.#thread()).filter((one) => one.origin !== 3 && one.msgtype === 'text').map((one) => one.text.content);
  }

  sees(text) {
    return until(`the visitor sees ${text}`, async () => (await this.texts()).includes(text));
  }

  /** The bytes of the picture they were sent last. */
  seesPicture() {
    return until('the visitor sees a picture', async () => {
      const shown = (await this.#thread()).findLast((one) => one.origin === 5 && one.msgtype === 'image');
      if (!shown) return null;
      return this.media(shown.image.media_id);
    });
  }

  async media(id) {
    const answer = await call(`${this.url}/v1/visitor/media/${id}`, { bearer: this.token, raw: true });
    return answer.ok ? Buffer.from(await answer.arrayBuffer()) : null;
  }

  card() {
    return until('the visitor sees the card', async () => (await this.#thread()).findLast((one) => one.msgtype === 'handoff'));
  }
}
