import { expect, it } from 'vitest';
import { Refusal } from '../sdk/index.ts';
import type { Question } from '../sdk/index.ts';
import { faultOf, faultsOf } from './answers.ts';

const field = (kind: Question['kind'], more: Partial<Question> = {}): Question => ({ name: kind, kind, required: false, ...more });
const faulty = (kind: Question['kind'], text: string, more: Partial<Question> = {}) => faultsOf([field(kind, more)], { [kind]: text }, true)[kind];

it('takes what people write, and refuses what nobody can use', () => {
  for (const good of ['13800138000', '+86 138-0013-8000', '(0571) 8765 4321']) expect(faulty('phone', good)).toBeUndefined();
  for (const bad of ['12', 'call me', '1'.repeat(16), '138+0013']) expect(faulty('phone', bad)).toBe('answer_invalid');
  for (const good of ['a@b.cn', 'Zhou.Yan+tea@mail.example.com']) expect(faulty('email', good)).toBeUndefined();
  for (const bad of ['a@b', 'a b@c.cn', '@c.cn', 'a@.cn', 'a@c..cn']) expect(faulty('email', bad)).toBe('answer_invalid');
  expect(faulty('name', '砚'.repeat(64))).toBeUndefined();
  expect(faulty('name', '砚'.repeat(65))).toBe('answer_invalid');
  expect(faulty('text', '茶'.repeat(501))).toBe('answer_invalid');
  expect(faulty('choice', '售后', { options: ['售前', '售后'] })).toBeUndefined();
  expect(faulty('choice', '别的', { options: ['售前', '售后'] })).toBe('answer_invalid');
});

it('asks for what is required, and for the consent', () => {
  const fields = [field('name', { required: true }), field('phone')];
  expect(faultsOf(fields, { name: '  ' }, false)).toEqual({ name: 'answer_missing', '': 'consent_missing' });
  expect(faultsOf(fields, { name: '周砚' }, true)).toEqual({});
});

it('finds the field that the gateway names', () => {
  expect(faultOf(new Refusal('answer_invalid', 'answers.手机号: not a number to call'))).toEqual({ name: '手机号', code: 'answer_invalid' });
  expect(faultOf(new Refusal('consent_missing', 'consent: is missing'))).toEqual({ name: '', code: 'consent_missing' });
  expect(faultOf(new Refusal('network'))).toBeNull();
});
