// What counts as an answer before the first message: the gateway's rules, so that a visitor learns of
// a slip at once. The gateway has the last word.
import type { Question, QuestionKind, Refusal } from '../sdk/index.ts';

export type Fault = 'answer_missing' | 'answer_invalid' | 'consent_missing';
/** What is wrong, by the question's name. */
export type Faults = Record<string, Fault | undefined>;

/** The name under which a fault of the consent stands; no question can have it. */
export const consentField = '';

const long = (text: string) => Array.from(text).length;
const fits: Record<QuestionKind, (text: string, options: string[]) => boolean> = {
  name: (text) => long(text) <= 64,
  phone: (text) => /^\+?[\d\s().-]{5,24}$/.test(text) && text.replace(/\D/g, '').length >= 5 && text.replace(/\D/g, '').length <= 15,
  email: (text) => text.length <= 254 && /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(text),
  text: (text) => long(text) <= 500,
  choice: (text, options) => options.includes(text),
};

export function faultsOf(fields: Question[], values: Record<string, string>, agreed: boolean): Faults {
  const found: Faults = {};
  for (const { name, kind, required, options = [] } of fields) {
    const text = values[name]?.trim() ?? '';
    if (!text) {
      if (required) found[name] = 'answer_missing';
    } else if (!fits[kind](text, options)) found[name] = 'answer_invalid';
  }
  if (!agreed) found[consentField] = 'consent_missing';
  return found;
}

/** What the gateway found wrong, and where: its words begin with `answers.NAME:`. */
export function faultOf({ code, message }: Refusal): { name: string; code: Fault } | null {
  if (code === 'consent_missing') return { name: consentField, code };
  const name = /^answers\.(.+?): /.exec(message)?.[1];
  return name !== undefined && (code === 'answer_missing' || code === 'answer_invalid') ? { name, code } : null;
}
