/** Pauses and resumes a download: requests under way are aborted at once, waiting ones keep waiting, nothing counts as a failure. */
export class PauseSignal {
  private held = new AbortController();
  private opened: Promise<void> = Promise.resolve();
  private open: () => void = () => {};

  get paused(): boolean {
    return this.held.signal.aborted;
  }

  pause(): void {
    if (this.paused) return;
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
    this.held.abort();
  }

  resume(): void {
    if (!this.paused) return;
    this.held = new AbortController();
    this.open();
  }

  /** Runs `work` unless paused, and again after a pause aborted it; `signal` ends the waiting too. */
  async run<X>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<X>): Promise<X> {
    for (;;) {
      await this.passed(signal);
      const { held } = this;
      try {
        return await work(AbortSignal.any([signal, held.signal]));
      } catch (error) {
        signal.throwIfAborted();
        if (!held.signal.aborted) throw error;
      }
    }
  }

  private async passed(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.paused) return;
    const cancelled = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    await Promise.race([this.opened, cancelled]);
  }
}
