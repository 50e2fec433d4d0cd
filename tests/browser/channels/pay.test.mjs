// 微信支付: 商家客服 on a receipt.
import { channel, converse, handOff } from '../kit/channel.mjs';

const story = channel('pay');

story('a payer asks from the receipt, converses with words and pictures, and adds a specialist', async (given) => {
  const { agent, phone, shot } = given;
  await phone.visit('支付凭证');
  await shot('receipt');
  await phone.place.getByRole('button', { name: '商家客服' }).click();
  await phone.sees('您好，想了解什么？');
  await converse(given, '这笔能开发票吗？', '能，抬头发我。');
  await agent.cameFrom('微信支付凭证');
  await agent.card('微信支付凭证').first().waitFor();
  await handOff(given);
});
