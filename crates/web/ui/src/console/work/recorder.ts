// Recording a voice message in the composer.
import { onScopeDispose, ref } from 'vue';
import { type End, record } from '@kit/recording';
import { failed } from '../state/notices';
import { t } from '../words';

export { canRecord } from '@kit/recording';

export function useRecorder(finished: (file: File) => void) {
  const seconds = ref<number | null>(null);
  let stop: End | null = null;
  let starting = false;
  let gone = false;

  async function start(): Promise<void> {
    if (starting || seconds.value !== null) return;
    starting = true;
    try {
      const end = await record(
        (n) => (seconds.value = n),
        (file) => {
          seconds.value = null;
          if (file) finished(file);
        },
      );
      stop = end;
      if (gone) end(false);
    } catch {
      failed(new Error(t('voice.denied')));
    } finally {
      starting = false;
    }
  }
  onScopeDispose(() => {
    gone = true;
    stop?.(false);
  });
  return { seconds, start, end: (kept: boolean) => stop?.(kept) };
}
