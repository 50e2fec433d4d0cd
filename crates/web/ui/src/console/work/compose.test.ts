import { describe, expect, test } from 'vitest';
import { around, fillVariables, keyMeaning, lengthOf, matchCanned, mentionQuery, mentionsIn, partsOf, sizeOf, slashQuery, variableQuery } from './compose';
import { linkify } from './linkify';

const key = (key: string, more: object = {}) => ({ key, isComposing: false, keyCode: 0, shiftKey: false, altKey: false, ctrlKey: false, metaKey: false, ...more });

describe('Enter', () => {
  test('sends; with Shift it is a new line', () => {
    expect(keyMeaning(key('Enter'), false)).toBe('send');
    expect(keyMeaning(key('Enter', { shiftKey: true }), false)).toBeNull();
  });
  test('belongs to the input method while it composes, however the browser says so', () => {
    expect(keyMeaning(key('Enter', { isComposing: true }), false)).toBeNull();
    expect(keyMeaning(key('Enter', { keyCode: 229 }), false)).toBeNull();
    expect(keyMeaning(key('Process', { keyCode: 229 }), true)).toBeNull();
    expect(keyMeaning(key('ArrowDown', { isComposing: true }), true)).toBeNull();
  });
  test('picks while the menu is open, with Alt sends at once, and with Control ends too', () => {
    expect(keyMeaning(key('Enter'), true)).toBe('pick');
    expect(keyMeaning(key('Enter', { altKey: true }), true)).toBe('send_now');
    expect(keyMeaning(key('Enter', { altKey: true, ctrlKey: true }), true)).toBe('send_end');
    expect(keyMeaning(key('Enter', { shiftKey: true }), true)).toBeNull();
    expect(keyMeaning(key('Tab'), true)).toBe('pick');
    expect(keyMeaning(key('Escape'), true)).toBe('dismiss');
  });
});

test('a slash asks for canned replies only at the very beginning', () => {
  expect(slashQuery('/')).toBe('');
  expect(slashQuery('/贺')).toBe('贺');
  expect(slashQuery('/he ka')).toBeNull();
  expect(slashQuery('a/b')).toBeNull();
  expect(slashQuery('看 https://x')).toBeNull();
});

test('canned replies: shortcut before title before text', () => {
  const r = (id: string, title: string, text: string, shortcut = '') => ({ id, title, text, shortcut, scope: 'brand' as const });
  const all = [r('1', '落款', '送贺卡时'), r('2', '贺卡说明', '…'), r('3', '其他', '…', '贺'), r('4', '无关', '无关')];
  expect(matchCanned(all, '贺').map((x) => x.id)).toEqual(['3', '2', '1']);
  expect(matchCanned(all, '', 2)).toHaveLength(2);
  expect(around('贺卡说明', '卡')).toEqual(['贺', '卡', '说明']);
  expect(around('abc', 'x')).toEqual(['abc', '', '']);
});

test('characters are counted as people see them', () => {
  expect(lengthOf('好😀')).toBe(2);
});

describe('addresses in text', () => {
  const links = (text: string) => linkify(text).filter((p) => p.href).map((p) => p.href);
  test('end where Chinese words or closing marks begin', () => {
    expect(links('看 https://a.example/x?y=1，谢谢')).toEqual(['https://a.example/x?y=1']);
    expect(links('官网https://a.example/春茶也有')).toEqual(['https://a.example/']);
    expect(links('(see https://a.example/x).')).toEqual(['https://a.example/x']);
    expect(links('https://a.example/f(1) ok')).toEqual(['https://a.example/f(1)']);
  });
  test('nothing but http(s) becomes a link, and no text is lost', () => {
    const text = 'javascript:alert(1) data:text/html,x https://a.example <img src=x onerror=alert(1)>';
    expect(links(text)).toEqual(['https://a.example']);
    expect(linkify(text).map((p) => p.text).join('')).toBe(text);
    expect(linkify('')).toEqual([{ text: '' }]);
  });
});

test('another key may send, and with Control and Alt the session ends too', () => {
  expect(keyMeaning(key('Enter'), false, 'ctrl_enter')).toBeNull();
  expect(keyMeaning(key('Enter', { ctrlKey: true }), false, 'ctrl_enter')).toBe('send');
  expect(keyMeaning(key('Enter', { metaKey: true }), false)).toBe('send');
  expect(keyMeaning(key('Enter', { ctrlKey: true, altKey: true }), false)).toBe('send_end');
  expect(keyMeaning(key('Enter', { altKey: true }), false)).toBeNull();
});

describe('colleagues in a note', () => {
  const people = [{ name: '林知夏' }, { name: '林知' }, { name: 'Ann Lee' }];
  test('are asked for by what follows @ before the caret, without a space before it', () => {
    expect(mentionQuery('麻烦@林')).toBe('林');
    expect(mentionQuery('@')).toBe('');
    expect(mentionQuery('@林 看')).toBeNull();
    expect(mentionQuery('没有')).toBeNull();
  });
  test('are found in the text; the longer name is meant', () => {
    expect(mentionsIn('@林知夏看一下，@Ann Lee too', people).map((p) => p.name)).toEqual(['林知夏', 'Ann Lee']);
    expect(mentionsIn('@林知 @林知 a@b.c', people).map((p) => p.name)).toEqual(['林知']);
  });
  test('are marked where they stand', () => {
    expect(partsOf('请@林知夏看', people)).toEqual([{ text: '请', named: false }, { text: '@林知夏', named: true }, { text: '看', named: false }]);
    expect(partsOf('谁都没有@', people)).toEqual([{ text: '谁都没有@', named: false }]);
  });
});

test('variables of a canned reply are filled in either language, unknown ones stay to be seen', () => {
  const values = { customer: '周砚', agent: '林知夏', brand: '溪山茶社' };
  expect(fillVariables('{{客户}}您好，我是{{ brand }}的{{agent.name}}。{{order}}', values)).toBe('周砚您好，我是溪山茶社的林知夏。{{order}}');
  expect(fillVariables('没有', values)).toBe('没有');
});

test('near the limit of a channel it says how much is left, beyond it in how many it goes out', () => {
  expect(sizeOf('好'.repeat(600), 2048)).toEqual({ parts: 1, left: 248 });
  expect(sizeOf('好'.repeat(700), 2048)).toEqual({ parts: 2, left: 1996 });
  expect(sizeOf('好', null)).toBeNull();
});

test('two braces before the caret ask for a name', () => {
  expect(variableQuery('您好 {{')).toBe('');
  expect(variableQuery('您好 {{客')).toBe('客');
  expect(variableQuery('您好 {{客户}} ')).toBeNull();
  expect(variableQuery('{')).toBeNull();
});
