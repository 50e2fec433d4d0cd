// The simulator's control API as this page uses it, and the shapes that it answers with.

export interface Account {
  open_kfid: string;
  name: string;
  link: string;
}

export interface Corp {
  corpid: string;
  name: string;
  callback_url: string;
  channels_nickname: string;
  accounts: Account[];
  callbacks_waiting: number;
}

/** A button of an official account's menu. */
export interface MenuButton {
  name: string;
  type: string;
  key?: string;
  sub_button?: MenuButton[];
}

/** An official account, a mini-program or a shop. */
export interface App {
  appid: string;
  kind: AppKind;
  name: string;
  original_id: string;
  push_url: string;
  menu: MenuButton[];
}

export type AppKind = 'official_account' | 'mini_program' | 'shop';
export type ChatKind = 'kf' | 'friend' | 'group' | AppKind;

export const isApp = (kind: ChatKind): kind is AppKind => kind === 'official_account' || kind === 'mini_program' || kind === 'shop';

export interface Line {
  no: number;
  /** Milliseconds of the platform's time. */
  at: number;
  side: 'me' | 'them' | 'tip';
  msgtype: string;
  // Whatever the other side put there: read with care, never trusted to be complete.
  content: Record<string, unknown> | null;
  msgid?: string;
  by?: string;
  recalled?: boolean;
  picked?: string;
}

export interface Chat {
  kind: ChatKind;
  target: string;
  title: string;
  note: string | null;
  corp: string;
  lines: Line[];
  service_state?: number;
  credits?: { left: number; until_ms: number | null };
  refusing?: boolean;
  friend?: boolean;
  half?: boolean;
  followed?: boolean;
  typing?: boolean;
}

export interface Screen {
  customer: string;
  name: string;
  unionid: string;
  external_userid: string;
  chats: Chat[];
}

export interface Person {
  customer: string;
  name: string;
  unionid: string;
  chats: number;
}

export interface Call {
  no: number;
  at: number;
  way: 'call' | 'callback';
  path: string;
  query?: string;
  body?: string;
  errcode?: number;
  status?: number;
  took_us: number;
  attempt: number;
  note?: string;
}

export interface Fault {
  id: number;
  kind: string;
  path?: string;
  code?: number;
  calls: number | null;
  struck: number;
}

export type Seen =
  | { kind: 'contact_way'; payload: string; config_id: string; userid: string; name: string; title: string; corp: string; state: string; added: boolean }
  | { kind: 'join_way'; payload: string; config_id: string; chat_id: string; name: string; members: number; limit: number; full: boolean; corp: string; state: string; joined: boolean }
  | { kind: 'scene_code'; payload: string; appid: string; name: string; scene: string; followed: boolean }
  | { kind: 'kf_link'; payload: string; open_kfid: string; name: string; scene: string | null; scene_param: string | null }
  | { kind: 'url' | 'text'; payload: string };

export type Tapped = { result: 'said' } | { result: 'open'; url: string } | { result: 'miniprogram'; appid: string; pagepath: string } | { result: 'picture'; media_id: string };

/** A verb that was refused, in the simulator's own words. */
export class Refused extends Error {}

async function answer<T>(response: Response): Promise<T> {
  const body = (await response.json().catch(() => ({}))) as { error?: string };
  if (!response.ok) throw new Refused(body.error ?? `HTTP ${response.status}`);
  return body as T;
}

export async function get<T>(verb: string, query: Record<string, string | number> = {}): Promise<T> {
  const words = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  return answer<T>(await fetch(`/sim/${verb}?${words}`));
}

export async function post<T>(verb: string, body: unknown): Promise<T> {
  return answer<T>(await fetch(`/sim/${verb}`, { method: 'POST', body: JSON.stringify(body) }));
}

export async function remove(verb: string, query: Record<string, number> = {}): Promise<void> {
  const words = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  await answer(await fetch(`/sim/${verb}?${words}`, { method: 'DELETE' }));
}

/** Stores a file of the customer, with an app where it goes to one; answers its media_id. */
export async function upload(kind: string, filename: string, bytes: Blob, appid?: string): Promise<string> {
  const words = new URLSearchParams({ type: kind, filename, ...(appid ? { appid } : {}) });
  const stored = await answer<{ media_id: string }>(await fetch(`/sim/media?${words}`, { method: 'POST', body: bytes }));
  return stored.media_id;
}

/** What a stored file is called and how long it is; null if it is gone. Names are UTF-8 in a header of bytes. */
export async function fileAbout(address: string): Promise<{ name: string; bytes: number } | null> {
  const response = await fetch(address, { method: 'HEAD' }).catch(() => null);
  if (!response?.ok) return null;
  const named = /filename="([^"]*)"/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? '';
  const name = new TextDecoder().decode(Uint8Array.from(named, (one) => one.charCodeAt(0)));
  return { name, bytes: Number(response.headers.get('content-length') ?? 0) };
}

/** Reads the QR in a picture, whatever format the browser can show it in. */
export async function pictureAsPng(file: Blob): Promise<string> {
  const picture = await createImageBitmap(file);
  const most = 2000;
  const scale = Math.min(1, most / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  const pen = canvas.getContext('2d');
  if (!pen) throw new Refused('no canvas');
  // Transparent pictures would read as black on black.
  pen.fillStyle = 'white';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/png');
}
