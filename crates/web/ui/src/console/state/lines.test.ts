import { afterEach, expect, test } from 'vitest';
import type { Line } from '../net/protocol';
import { setLocale, spoken } from '../words';
import { teams } from './colleagues';
import { evidenceWords, lineWords } from './lines';
import { refusal } from './notices';

afterEach(() => setLocale('zh-CN'));
const line = (event: string, text: string): Line => ({ conversation_id: 'c', no: 1, after_seq: 1, kind: 'system', name: '沈嘉', event, text, sent_at: 0 });

test('what happened inside is said in our words, with the note that came along', () => {
  expect(lineWords(line('transferred', '林知夏\u001f客户要改地址'))).toBe('沈嘉 转给 林知夏：客户要改地址');
  expect(lineWords(line('requeued', 'reply_timeout'))).toBe('回到排队：太久没有回复');
  expect(lineWords(line('requeued', 'administrator'))).toBe('回到排队：主管放回');
  expect(lineWords(line('served_elsewhere', 'linzhixia'))).toBe('由 linzhixia 在企业微信里接待，这里能看，不能回');
  expect(lineWords(line('served_elsewhere', ''))).toBe('到了企业微信的接待池，等那边有人接');
  expect(lineWords(line('pass_failed', '没有人有权限\u001fnobody may'))).toBe('没能转给企业微信，改由这里接待：没有人有权限');
  expect(lineWords(line('overflowed', 't2'))).toBe('没有人能接，转到别的接待组');
  teams.value = [{ id: 't2', name: '售后组' }];
  expect(lineWords(line('overflowed', 't2'))).toBe('没有人能接，转到售后组');
  const late = line('came_late', `${Date.UTC(2026, 10, 26, 1, 5)}`);
  expect(lineWords({ ...late, sent_at: Date.UTC(2026, 10, 26, 2, 15) })).toMatch(/^这条是 .*:05 说的，现在才收到$/);
  setLocale('en');
  expect(lineWords(line('ended', 'silence'))).toBe('Session ended: customer fell silent');
});

test('what we have no words for is shown as it came, in the language it has', () => {
  expect(lineWords(line('made_up', '中文\u001fEnglish'))).toBe('中文');
  setLocale('en');
  expect(spoken('中文\u001fEnglish')).toBe('English');
  expect(spoken('only one')).toBe('only one');
  expect(spoken(null)).toBe('');
});

test('a refusal prefers words made for people, then ours, and adds a detail only where it names something', () => {
  expect(refusal('outside_refused', '微信限流\u001frate limited')).toBe('微信限流');
  expect(refusal('not_found', 'no such thing')).toBe('没有找到');
  expect(refusal('bad_request', 'limit: out of range')).toBe('内容不符合要求：limit: out of range');
  expect(refusal('made_up', '')).toBe('made_up');
});

test('evidence comes as a word or as an object', () => {
  expect(evidenceWords('unionid')).toBe('unionid');
  expect(evidenceWords('{"by":"signature"}')).toBe('已签名');
  expect(evidenceWords({ by: 'token' })).toBe('同一访客');
  expect(evidenceWords('{broken')).toBe('{broken');
});
