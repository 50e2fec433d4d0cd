// A customer in the simulated WeChat, by the verbs of its control API.
import { createHash } from 'node:crypto';
import { until } from './desk.mjs';

let people = 0;

export class Wechat {
  /** A person with a phone who has been nowhere yet. */
  static pickUp(demo) {
    const wechat = new Wechat();
    wechat.demo = demo;
    wechat.customer = `entry-${process.pid}-${people++}`;
    return wechat;
  }

  /** Comes in by `verb` with `how`; `chat` finds what the phone then shows of it. */
  static async enter(demo, verb, how, kind = 'kf') {
    const wechat = Wechat.pickUp(demo);
    wechat.isMine = (chat) => chat.kind === kind;
    if (kind !== 'kf') wechat.through = { appid: (await demo.sim('app')).apps.find((app) => app.kind === kind).appid };
    wechat.entered = await wechat.sim(verb, { ...wechat.through, ...how });
    return wechat;
  }

  sim(verb, body) {
    return this.demo.sim(verb, { customer: this.customer, ...body });
  }

  async screen() {
    const answer = await fetch(`${this.demo.simulator}/sim/screen?customer=${this.customer}`);
    if (!answer.ok) throw new Error(`screen: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  /** What stands on the phone of this chat, oldest first. */
  async lines() {
    return (await this.screen()).chats.find(this.isMine)?.lines ?? [];
  }

  async texts() {
    return (await this.lines()).filter(({ side, msgtype }) => side === 'them' && msgtype === 'text').map(({ content }) => content.content);
  }

  sees(text) {
    return until(`the phone shows ${text}`, async () => (await this.texts()).includes(text));
  }

  say(text) {
    return this.sim('say', { ...this.through, text });
  }

  async #store(bytes, name) {
    const answer = await fetch(`${this.demo.simulator}/sim/media?type=image&filename=${name}${this.through ? `&appid=${this.through.appid}` : ''}`, { method: 'POST', body: bytes });
    if (!answer.ok) throw new Error(`media: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  async sayPicture(bytes) {
    const { media_id, cos_url } = await this.#store(bytes, 'leaf.png');
    return this.sim('say', { ...this.through, msgtype: 'image', image: cos_url ? { cos_url } : { media_id } });
  }

  /** The bytes of a picture on the phone: by its id, or at a shop by its address. */
  async bytes({ media_id, cos_url }) {
    const answer = await fetch(cos_url ?? `${this.demo.simulator}/sim/media/${encodeURIComponent(media_id)}`);
    return answer.ok ? Buffer.from(await answer.arrayBuffer()) : null;
  }

  seesPicture() {
    return until('the phone shows a picture', async () => {
      const shown = (await this.lines()).findLast(({ side, msgtype }) => side === 'them' && msgtype === 'image');
      return shown && this.bytes(shown.content);
    });
  }

  /** Holds the phone before a picture of a code, and follows it. */
  async scan(picture, verb) {
    const answer = await fetch(`${this.demo.simulator}/sim/scan`, { method: 'POST', headers: { 'content-type': 'image/png' }, body: picture });
    const led = await answer.json();
    if (!answer.ok) throw new Error(`scan: ${answer.status} ${JSON.stringify(led)}`);
    return this.sim(verb, { config_id: led.config_id, payload: led.payload });
  }

  /** Presses the picture of a code that came last: adds or joins. */
  async takeUp(verb) {
    return this.scan(await this.seesPicture(), verb);
  }
}

export const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');
