/**
 * Whether the engine still answers. A light call goes out every second and is answered between whatever the engine awaits: a slow GPU never holds it
 * up, a loop without end does. Time counts only while this page runs itself: a laptop that slept for an hour is no silence of the engine.
 */

/** Seconds without an answer until the page offers to end the engine. */
export const SILENT_AFTER = 20;
const EVERY_MS = 1000;

export class Pulse {
  private waited = 0;
  private asking = false;
  private last = performance.now();
  private silent = false;
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(
    private readonly ping: () => Promise<unknown>,
    private readonly onChange: (silent: boolean) => void,
  ) {
    this.timer = setInterval(() => this.look(), EVERY_MS);
  }

  /** Gives the engine as long again. */
  wait(): void {
    this.waited = 0;
    this.say(false);
  }

  end(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const now = performance.now();
    const passed = Math.min(now - this.last, 2 * EVERY_MS);
    this.last = now;
    if (!this.asking) {
      this.asking = true;
      this.waited = 0;
      const answered = (): void => {
        this.asking = false;
        this.say(false);
      };
      this.ping().then(answered, answered);
      return;
    }
    this.waited += passed;
    if (this.waited >= SILENT_AFTER * 1000) this.say(true);
  }

  private say(silent: boolean): void {
    if (silent === this.silent) return;
    this.silent = silent;
    this.onChange(silent);
  }
}
