// What each channel is and can carry, as the gateway describes it; asked once.
import { shallowRef } from 'vue';
import { api, type Page } from '../net/api';

export interface ChannelField {
  /** Its name in the connection. */
  name: string;
  /** Written once and never shown again. */
  secret: boolean;
  /** Made here, to be pasted at the platform. */
  ours: boolean;
  /** On or off. */
  switch?: boolean;
  text_zh: string;
  text_en: string;
}
interface Words {
  text_zh: string;
  text_en: string;
}
export interface ChannelInfo {
  kind: string;
  name_zh: string;
  name_en: string;
  line_zh: string;
  line_en: string;
  needs_connection: boolean;
  needs_account: boolean;
  capabilities: { outgoing: string[]; presence: boolean; recall: boolean; menu: boolean; text_bytes: number | null; own_client: boolean };
  fields: ChannelField[];
  steps: Words[];
  limits: Words[];
}

export const channels = shallowRef<readonly ChannelInfo[]>([]);
let asked: Promise<void> | null = null;

export function loadChannels(): Promise<void> {
  return (asked ??= api.get<Page<ChannelInfo>>('/channels').then(
    (page) => {
      channels.value = page.items;
    },
    () => {
      // Nothing is hidden for want of it; the next use asks again.
      asked = null;
    },
  ));
}

export const channelOf = (kind: string): ChannelInfo | undefined => channels.value.find((c) => c.kind === kind);

/** Whether a channel carries a type; until it is known, everything may be tried. */
export const carries = (kind: string, msgtype: string): boolean => channelOf(kind)?.capabilities.outgoing.includes(msgtype) ?? true;
