// One voice message sounds at a time.
let now: HTMLMediaElement | null = null;

/** Silences whatever sounded before. */
export function claim(next: HTMLMediaElement): void {
  if (now && now !== next) now.pause();
  now = next;
}
