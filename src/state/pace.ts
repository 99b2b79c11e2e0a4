/** The rate of a task and its time left, from its reports of the last seconds, so that a pause or a resumed start does not count. */

export interface Sample {
  /** Milliseconds of the page's clock. */
  at: number;
  done: number;
}

const WINDOW_MS = 12_000;
const APART_MS = 250;
const ENOUGH_MS = 1000;

/** Adds a report: at most four a second, none older than the window but always the newest before it. */
export function withSample(recent: Sample[], sample: Sample): Sample[] {
  const last = recent.at(-1);
  const earlier = recent.length > 1 && last && sample.at - recent.at(-2)!.at < APART_MS ? recent.slice(0, -1) : recent;
  const first = earlier.findLastIndex((s) => sample.at - s.at >= WINDOW_MS);
  return [...earlier.slice(Math.max(0, first)), sample];
}

/** Units per second; null before a second has been seen or while nothing moves. */
export function paceOf(recent: readonly Sample[]): number | null {
  const [first, last] = [recent[0], recent.at(-1)];
  if (!first || !last || last.at - first.at < ENOUGH_MS || last.done <= first.done) return null;
  return (1000 * (last.done - first.done)) / (last.at - first.at);
}

/** Seconds left at the present pace; null without a pace or a total. */
export function timeLeft({ recent, done, total }: { recent: readonly Sample[]; done: number; total: number }): number | null {
  const pace = paceOf(recent);
  return pace === null || total <= 0 ? null : Math.max(0, total - done) / pace;
}
