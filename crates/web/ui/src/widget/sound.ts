// A short sound for a message that nobody is looking at. Browsers allow it after a gesture only.

const key = 'kefu:quiet';
let context: AudioContext | null = null;

export function isQuiet(): boolean {
  try {
    return localStorage.getItem(key) === '1';
  } catch {
    return false;
  }
}

export function setQuiet(quiet: boolean): void {
  try {
    if (quiet) localStorage.setItem(key, '1');
    else localStorage.removeItem(key);
  } catch {
    // Then it holds for nobody, and the sound stays on.
  }
}

export function chime(): void {
  if (isQuiet() || navigator.userActivation?.hasBeenActive === false) return;
  try {
    context ??= new AudioContext();
    const from = context.currentTime;
    for (const [at, pitch] of [[0, 660], [0.11, 880]] as const) {
      const tone = context.createOscillator();
      const loud = context.createGain();
      tone.frequency.value = pitch;
      loud.gain.setValueAtTime(0, from + at);
      loud.gain.linearRampToValueAtTime(0.12, from + at + 0.01);
      loud.gain.exponentialRampToValueAtTime(0.0001, from + at + 0.3);
      tone.connect(loud).connect(context.destination);
      tone.start(from + at);
      tone.stop(from + at + 0.32);
    }
  } catch {
    // No sound is no fault.
  }
}
