// One channel, as its customer and its agent see it side by side.
import { stage } from './browser.mjs';
import { Agent } from './console.mjs';
import { leaf } from './files.mjs';
import { pair } from './pair.mjs';
import { Phone } from './phone.mjs';

/** A picture that either side sends. */
export const picture = { name: 'leaf.png', mimeType: 'image/png', buffer: leaf };

/**
 * Stories of a channel. Each has an agent who takes customers, a phone in other hands, and `shot`,
 * which keeps both screens in one picture; the agent's hands beyond the page are at `desk`.
 */
export function channel(name) {
  const { story } = stage();
  return (title, run) =>
    story(title, async (given) => {
      const { demo, browser, person } = given;
      const agent = await Agent.at(demo, await person(), 'linzhixia');
      await agent.be('online');
      const phone = await Phone.pickUp(demo, await person({ viewport: { width: 1440, height: 960 } }));
      const desk = await demo.as('linzhixia');
      await run({ ...given, agent, phone, desk, shot: (moment, customer = phone.screen) => pair(browser, `${name}-${moment}`, customer, agent.page) });
    });
}

/** Words and pictures, each way; ends with the picture of both screens. */
export async function converse({ agent, phone, shot }, asked, answered) {
  await phone.say(asked);
  await agent.open(asked);
  await agent.sees(asked);
  await agent.say(answered);
  await phone.sees(answered);
  await agent.message(answered).getByText('已发送').waitFor();
  await phone.sendPicture(picture);
  await agent.seesPicture();
  await agent.sendFile(picture);
  await phone.seesPicture();
  await shot('conversation');
}

/** The specialist's card arrives, its code is read, and the customer adds. */
export async function handOff({ agent, phone, shot }) {
  const seen = await phone.cards.count();
  await agent.offer('服务专员');
  await phone.cards.nth(seen).waitFor();
  await phone.openCard();
  await phone.sheet.getByRole('button', { name: '添加为联系人' }).waitFor();
  await shot('handoff');
  await phone.sheet.getByRole('button', { name: '添加为联系人' }).click();
  await phone.sees('以后有事直接找我');
  await agent.step('已添加');
  await agent.panel.locator('.steps .now', { hasText: '已添加' }).waitFor();
  await shot('added');
}
