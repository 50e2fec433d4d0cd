import { expect, test } from 'vitest';
import { setLocale } from '../words';
import { mergedWords, priceOf } from './merged';

test('forwarded messages are read out of their JSON, whatever they are', () => {
  setLocale('zh-CN');
  expect(mergedWords({ msgtype: 'text', msg_content: '{"msgtype":"text","text":{"content":"尺码 ]]> 有货吗"}}' })).toBe('尺码 ]]> 有货吗');
  expect(mergedWords({ msgtype: 'text', msg_content: { msgtype: 'text', text: { content: '头采的好' } } })).toBe('头采的好');
  expect(mergedWords({ msgtype: 'image', msg_content: '{"msgtype":"image","image":{"media_id":"x"}}' })).toBe('[图片]');
  expect(mergedWords({ msgtype: 'file', msg_content: '{"file":{"name":"合同.pdf"}}' })).toBe('[文件] 合同.pdf');
  expect(mergedWords({ msgtype: 'text', msg_content: '不是 JSON' })).toBe('不是 JSON');
  expect(mergedWords({ msgtype: 'video' })).toBe('[视频]');
  expect(mergedWords({ msgtype: 'note', msg_content: '3' })).toBe('3');
});

test('prices are cents, as a number or as text', () => {
  expect([priceOf('128000'), priceOf(990), priceOf('面议'), priceOf(undefined)]).toEqual(['¥1,280', '¥9.90', '面议', '']);
});
