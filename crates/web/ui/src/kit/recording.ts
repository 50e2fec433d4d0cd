// Recording a voice message with what the browser has; no component.

/** Longer recordings end by themselves: what can be carried is short. */
const longestS = 60;
const kinds = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];

export const canRecord = () => typeof MediaRecorder !== 'undefined' && !!navigator.mediaDevices?.getUserMedia;

/** The name of a recording of this kind. */
export const nameOf = (mime: string) => `voice.${mime.startsWith('audio/mp4') ? 'm4a' : mime.startsWith('audio/ogg') ? 'ogg' : 'webm'}`;

/** Ends a recording, to be kept or not. Ends only once. */
export type End = (kept: boolean) => void;

/** Begins; throws if there is no microphone or no leave to use it. `done` gets the file, or null if it was not kept. */
export async function record(second: (n: number) => void, done: (file: File | null) => void): Promise<End> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const mimeType = kinds.find((kind) => MediaRecorder.isTypeSupported(kind));
  const recorder = new MediaRecorder(stream, mimeType ? { mimeType } : {});
  const pieces: Blob[] = [];
  let keep = true;
  let seconds = 0;
  const timer = setInterval(() => {
    second(++seconds);
    if (seconds >= longestS) end(true);
  }, 1000);
  const end: End = (kept) => {
    if (recorder.state !== 'recording') return;
    keep = kept;
    recorder.stop();
  };
  recorder.ondataavailable = (event) => pieces.push(event.data);
  // Also when the microphone was pulled out: then what there is counts.
  recorder.onstop = () => {
    clearInterval(timer);
    for (const track of stream.getTracks()) track.stop();
    const { mimeType: mime } = recorder;
    done(keep && pieces.length ? new File(pieces, nameOf(mime), { type: mime.split(';')[0] ?? '' }) : null);
  };
  recorder.start();
  second(0);
  return end;
}
