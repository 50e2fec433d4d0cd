// Why something was not sent, and what one can do about it.
import type { Pending } from '../../sdk/index.ts';
import { useApp } from './context.ts';
import { useSaid } from './said.ts';

/** Refusals that stay, however often one tries. */
const final = ['too_large', 'unsupported_type', 'empty'];

export function NotSent({ entry: { id, code = '' } }: { entry: Pending }) {
  const { client, words } = useApp();
  const said = useSaid();
  return (
    <>
      <span>{words.colon}{said.reasons[code] ?? said.otherReason}</span>
      {!final.includes(code) && <button type="button" class="btn low late" onClick={() => client.retry(id)}>{said.again}</button>}
      <button type="button" class="btn low" onClick={() => client.discard(id)}>{said.drop}</button>
    </>
  );
}
