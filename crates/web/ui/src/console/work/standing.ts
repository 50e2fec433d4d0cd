// Who may write to a customer now, and what stands in the field's place if I may not. No component.
import { ENDED, SERVING, WAITING, type Conversation } from '../net/protocol';
import { isMine, isOffer } from '../state/grouping';
import { refusal } from '../state/notices';
import { t } from '../words';

export interface Bar {
  text: string;
  /** A button that takes the customer. */
  accept?: boolean;
  /** A button that takes them from a colleague. */
  takeOver?: boolean;
}

/** Served in the platform's own client: read here, moved and answered there. */
export const isElsewhere = (c: Conversation): boolean => c.session?.elsewhere != null;

export function barOf(c: Conversation, me: string, supervises: boolean): Bar | null {
  const session = c.session;
  if (session?.elsewhere) {
    const name = session.servicer_name || session.elsewhere.userid;
    return { text: name ? t('comp.elsewhere', { name }) : t('comp.elsewhere.pool') };
  }
  if (isOffer(c, me)) return { text: t('comp.offered'), accept: true };
  if (session?.service_state === WAITING) return { text: t('comp.waiting'), accept: true };
  const mine = isMine(c, me);
  if (session?.service_state === SERVING && !mine) return { text: t('comp.not_mine', { name: session.servicer_name ?? '' }), takeOver: supervises };
  if (!c.can_send.ok) return { text: t('comp.cannot', { reason: refusal(c.can_send.code, c.can_send.reason) }) };
  if (!session || session.service_state === ENDED) return { text: t('comp.ended') };
  if (!mine) return { text: t('comp.assistant'), accept: true };
  return null;
}
