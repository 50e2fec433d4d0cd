// Files on their way into a message: uploaded at once, sent with the next 发送, kept while another
// conversation is looked at.
import { computed, shallowReactive } from 'vue';
import { upload, type Uploaded } from '../net/api';
import { sentence } from '../state/notices';
import { isPersonal } from '../state/personal';

export interface Attachment {
  key: number;
  file: File;
  picture: boolean;
  /** Recorded here: goes out as a voice message. */
  voice: boolean;
  /** An object URL of a picture, for the small view. */
  preview?: string;
  part: number;
  done?: Uploaded;
  problem?: string;
  stop: AbortController;
}

/** Files of one message. */
export const MOST_FILES = 9;
/** Conversations whose files are kept; those of the one left longest ago are let go. */
const KEPT = 24;
const kept = new Map<string, Attachment[]>();
let last = 0;

function listOf(id: string): Attachment[] {
  const list = kept.get(id) ?? shallowReactive<Attachment[]>([]);
  kept.delete(id);
  kept.set(id, list);
  for (const [other, files] of kept) {
    if (kept.size <= KEPT) break;
    files.forEach(letGo);
    kept.delete(other);
  }
  return list;
}

function letGo(a: Attachment): void {
  a.stop.abort();
  if (a.preview) URL.revokeObjectURL(a.preview);
}

isPersonal(() => {
  for (const list of kept.values()) list.forEach(letGo);
  kept.clear();
});

export function useUploads(id: string) {
  const list = listOf(id);

  function put(key: number, change: Partial<Attachment>): void {
    const at = list.findIndex((a) => a.key === key);
    if (at >= 0) list[at] = { ...list[at]!, ...change };
  }

  function start(a: Attachment): void {
    put(a.key, { part: 0, problem: undefined });
    upload(a.file, (part) => put(a.key, { part }), a.stop.signal).then(
      (done) => put(a.key, { done, part: 1 }),
      (error: unknown) => {
        if (!(error instanceof DOMException)) put(a.key, { problem: sentence(error).text });
      },
    );
  }

  /** Answers false if not all of them have room. */
  function add(files: Iterable<File>, voice = false): boolean {
    for (const file of files) {
      if (list.length >= MOST_FILES) return false;
      const picture = /^image\/(png|jpe?g|gif|webp)$/.test(file.type);
      const a: Attachment = { key: ++last, file, picture, voice, preview: picture ? URL.createObjectURL(file) : undefined, part: 0, stop: new AbortController() };
      list.push(a);
      start(a);
    }
    return true;
  }

  function remove(key: number): void {
    const at = list.findIndex((a) => a.key === key);
    if (at < 0) return;
    letGo(list.splice(at, 1)[0]!);
  }

  const clear = () => {
    while (list.length) remove(list[0]!.key);
  };
  return {
    list,
    add,
    remove,
    clear,
    retry: (key: number) => {
      const a = list.find((x) => x.key === key);
      if (a) start(a);
    },
    /** Everything uploaded, nothing failed. */
    ready: computed(() => list.every((a) => a.done)),
  };
}

/** The content that carries an uploaded file. */
export function contentOf(a: Attachment): Record<string, unknown> & { msgtype: string } {
  const d = a.done!;
  const media = { media_id: d.media_id, name: d.name || a.file.name, size: d.size, mime: d.mime, width: d.width, height: d.height };
  if (a.voice) return { msgtype: 'voice', voice: media };
  if (a.picture) return { msgtype: 'image', image: media };
  if (d.mime.startsWith('video/')) return { msgtype: 'video', video: media };
  return { msgtype: 'file', file: media };
}
