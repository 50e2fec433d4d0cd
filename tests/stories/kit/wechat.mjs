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
  static async enter(demo, verb, how, chat = ({ kind }) => kind === 'kf') {
    const wechat = Wechat.pickUp(demo);
    wechat.isMine = chat;
    wechat.entered = await wechat.sim(verb, how);
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
    const answer = await fetch(`${this.demo.simulator}/sim/media?type=image&filename=${name}`, { method: 'POST', body: bytes });
    if (!answer.ok) throw new Error(`media: ${answer.status} ${await answer.text()}`);
    return (await answer.json()).media_id;
  }

  async sayPicture(bytes) {
    const media_id = await this.#store(bytes, 'leaf.png');
    return this.sim('say', { ...this.through, msgtype: 'image', image: { media_id } });
  }

  async bytes(mediaId) {
    const answer = await fetch(`${this.demo.simulator}/sim/media/${encodeURIComponent(mediaId)}`);
    return answer.ok ? Buffer.from(await answer.arrayBuffer()) : null;
  }

  seesPicture() {
    return until('the phone shows a picture', async () => {
      const shown = (await this.lines()).findLast(({ side, msgtype }) => side === 'them' && msgtype === 'image');
      return shown && this.bytes(shown.content.media_id);
    });
  }

  /** Holds the phone before a picture of a code, and follows it. */
  async scan(picture, verb) {
    const answer = await fetch(`${this.demo.simulator}/sim/scan`, { method: 'POST', headers: { 'content-type': 'image/png' }, body: picture });
    const led = await answer.json();
    if (!answer.ok) throw new Error(`scan: ${answer.status} ${JSON.stringify(led)}`);
    return this.sim(verb, { config_id: led.config_id, payload: led.payload });
  }

  /** Opens what came last with a code: a picture that is scanned, or a link that is tapped; adds or joins. */
  async takeUp(verb) {
    const shown = await until('the phone shows the card', async () => (await this.lines()).findLast(({ side, msgtype }) => side === 'them' && ['image', 'link', 'miniprogram', 'news'].includes(msgtype)));
    const led = await this.sim('scan', { msgid: shown.msgid });
    return this.sim(verb, { payload: led.payload, config_id: led.config_id });
  }
}

export const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');
