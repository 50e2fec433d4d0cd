// What is asked before the first message: a few fields and, if the brand wants it, a consent. What
// is wrong is said at its field, here before anything is sent and again by the gateway.
import { useRef, useState } from 'preact/hooks';
import { type PreChat, type Question, Refusal } from '../../sdk/index.ts';
import { type Faults, consentField, faultOf, faultsOf } from '../answers.ts';
import { opens } from '../format.ts';
import { useApp } from './context.ts';
import { useSaid } from './said.ts';

export function Ask({ ask: { lead, fields, consent } }: { ask: PreChat }) {
  const { client } = useApp();
  const said = useSaid();
  const form = useRef<HTMLFormElement>(null);
  const [values, set] = useState<Record<string, string>>({});
  const [agreed, agree] = useState(false);
  const [faults, mark] = useState<Faults>({});
  const [state, be] = useState<'idle' | 'busy' | 'failed'>('idle');

  const fail = (found: Faults) => {
    mark(found);
    // The first one that is wrong takes the focus.
    queueMicrotask(() => form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
  };
  const send = async () => {
    const found = faultsOf(fields, values, !consent || agreed);
    fail(found);
    if (Object.keys(found).length || state === 'busy') return;
    be('busy');
    try {
      await (await client.acts()).answer(Object.fromEntries(fields.flatMap(({ name }) => (values[name]?.trim() ? [[name, values[name].trim()]] : []))), agreed);
    } catch (error) {
      const fault = error instanceof Refusal ? faultOf(error) : null;
      be(fault ? 'idle' : 'failed');
      if (fault) fail({ [fault.name]: fault.code });
    }
  };
  const words = (field: Question) => {
    const fault = faults[field.name];
    return fault && (fault === 'answer_invalid' ? said.faults[fault][field.kind] : said.faults[fault]);
  };
  const url = opens(consent?.url) ? consent.url : null;

  return (
    <form ref={form} class="box qa" noValidate aria-label={said.begin} onSubmit={(event) => {
      event.preventDefault();
      void send();
    }}>
      <p class="read">{lead || said.askLead}</p>
      {fields.map((field, at) => (
        <Field key={field.name} id={`ask-${at}`} field={field} value={values[field.name] ?? ''} fault={words(field)} onInput={(value) => {
          set({ ...values, [field.name]: value });
          if (faults[field.name]) mark({ ...faults, [field.name]: undefined });
        }} />
      ))}
      {consent && (
        <div class="qf">
          <label class="agree small">
            <input type="checkbox" checked={agreed} aria-invalid={!!faults[consentField]} aria-describedby="ask-consent" onChange={(event) => {
              agree(event.currentTarget.checked);
              if (faults[consentField]) mark({ ...faults, [consentField]: undefined });
            }} />
            <span>{consent.text || said.consent} {url && <a href={url} target="_blank" rel="noopener noreferrer">{said.privacy}</a>}</span>
          </label>
          <p id="ask-consent" class="meta late" role="alert">{faults[consentField] && said.faults.consent_missing}</p>
        </div>
      )}
      {state === 'failed' && <p class="small late" role="alert">{said.askFailed}</p>}
      <button type="submit" class="btn main big" disabled={state === 'busy'}>{said.begin}</button>
    </form>
  );
}

const kinds = {
  name: { autocomplete: 'name' },
  phone: { type: 'tel', autocomplete: 'tel' },
  email: { type: 'email', autocomplete: 'email' },
  text: {},
  choice: {},
} as const;

function Field({ id, field, value, fault, onInput }: { id: string; field: Question; value: string; fault: string | undefined; onInput: (value: string) => void }) {
  const said = useSaid();
  const { kind, required, options = [] } = field;
  const shared = { id, 'aria-required': required, 'aria-invalid': !!fault, 'aria-describedby': `${id}-fault` };
  return (
    <div class="qf">
      <label class="small" for={id}>{field.label || said.ask[kind] || field.name}{!required && <span class="meta"> {said.optional}</span>}</label>
      {kind === 'choice' ? (
        <select {...shared} value={value} onChange={(event) => onInput(event.currentTarget.value)}>
          <option value="">{said.choose}</option>
          {options.map((option) => <option value={option}>{option}</option>)}
        </select>
      ) : kind === 'text' ? (
        <textarea {...shared} rows={2} maxLength={500} value={value} onInput={(event) => onInput(event.currentTarget.value)} />
      ) : (
        <input {...shared} {...kinds[kind]} maxLength={254} value={value} onInput={(event) => onInput(event.currentTarget.value)} />
      )}
      <p id={`${id}-fault`} class="meta late" role="alert">{fault}</p>
    </div>
  );
}
