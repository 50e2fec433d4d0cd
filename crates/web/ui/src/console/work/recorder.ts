// Recording a voice message with what the browser has.
import { onScopeDispose, ref } from 'vue';
import { failed } from '../state/notices';
import { t } from '../words';

/** Longer recordings end by themselves: what can be carried is short. */
const LONGEST_S = 60;
const KINDS = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];

export const canRecord = () => typeof MediaRecorder !== 'undefined' && !!navigator.mediaDevices?.getUserMedia;

/** The name of a recording of this kind. */
export const nameOf = (mime: string) => `voice.${mime.startsWith('audio/mp4') ? 'm4a' : mime.startsWith('audio/ogg') ? 'ogg' : 'webm'}`;

export function useRecorder(finished: (file: File) => void) {
  const seconds = ref<number | null>(null);
  let recorder: MediaRecorder | null = null;
  let keep = false;
  let timer: ReturnType<typeof setInterval>;

  function end(kept: boolean): void {
    keep = kept;
    clearInterval(timer);
    seconds.value = null;
    if (recorder?.state === 'recording') recorder.stop();
  }
  async function start(): Promise<void> {
    if (seconds.value !== null) return;
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      return failed(new Error(t('voice.denied')));
    }
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    const own = new MediaRecorder(stream, mimeType ? { mimeType } : {});
    const pieces: Blob[] = [];
    recorder = own;
    own.ondataavailable = (event) => pieces.push(event.data);
    own.onstop = () => {
      for (const track of stream.getTracks()) track.stop();
      if (keep && pieces.length) finished(new File(pieces, nameOf(own.mimeType), { type: own.mimeType.split(';')[0]! }));
    };
    own.start();
    seconds.value = 0;
    timer = setInterval(() => {
      seconds.value = (seconds.value ?? 0) + 1;
      if (seconds.value >= LONGEST_S) end(true);
    }, 1000);
  }
  onScopeDispose(() => end(false));
  return { seconds, start, end };
}
