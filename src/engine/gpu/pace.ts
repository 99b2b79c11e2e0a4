/**
 * How long work takes on this device, so that no submit holds it for long: drivers kill what runs for seconds, and a desktop that shares the GPU
 * stands still meanwhile.
 *
 * Costs are multiply-adds of a matrix product that would take as long. `calibrated` says how many of them this device does in a second, and every
 * measured submit corrects that by kernel, since adapters differ in what they are slow at. Estimates are published when one of them has moved
 * by more than a quarter: programs then group their launches anew. Nothing here decides what is computed, only when it is handed over.
 */

/** What a submit should take; twice that is the bound. */
export const SUBMIT_SECONDS = 0.05;

/** Until a device is calibrated: a slow integrated GPU. */
const UNKNOWN_RATE = 2 ** 34;
/** However slow a device seems (a busy machine, a software adapter), a model of many layers is not cut finer than this. */
const MIN_LAUNCH = 2 ** 26;
const MOVED = Math.log(1.25);
/** How far one measurement may correct an estimate. */
const STEP = 16;
/** How slow and how fast a kernel may seem. What was fast on one stream (short documents, empty experts) may take its full cost on the next. */
const SLOWEST = 4096;
const FASTEST = 0.5;

/** Cost by kernel. */
export type Work = ReadonlyMap<string, number>;

export interface Measured {
  readonly work: Work;
  readonly seconds: number;
}

export class Pace {
  /** Grows whenever estimates have moved. */
  version = 0;
  /** Hears of every measured submit. */
  onMeasured: ((submits: readonly Measured[]) => void) | null = null;
  private rate: number | null = null;
  /** By kernel, how many times longer it takes than its cost says. */
  private readonly learned = new Map<string, number>();
  private readonly published = new Map<string, number>();

  get isCalibrated(): boolean {
    return this.rate !== null;
  }

  /** `rate`: cost per second of a plain matrix product. */
  calibrate(rate: number): void {
    this.rate = rate;
    this.version++;
  }

  /** What a single launch may cost: a power of two, so that the same device plans the same launches. No limit before the calibration. */
  get launchCost(): number {
    if (this.rate === null) return Number.POSITIVE_INFINITY;
    return Math.max(MIN_LAUNCH, 2 ** Math.floor(Math.log2(this.rate * SUBMIT_SECONDS)));
  }

  /** Estimated time of a launch, in seconds. */
  seconds(kernel: string, cost: number): number {
    return (cost / (this.rate ?? UNKNOWN_RATE)) * (this.published.get(kernel) ?? 1);
  }

  /**
   * Corrects the kernels of these submits. A submit tells the sum over its kernels only; the rule (factor times the mean of measured over estimated,
   * weighted by cost; the step of ML-EM, https://doi.org/10.1109/TMI.1982.4307558, by halves) finds the parts where mixtures differ.
   */
  learn(submits: readonly Measured[]): void {
    this.onMeasured?.(submits);
    const { rate } = this;
    if (rate === null) return; // what was learned would be relative to nothing
    const seen = new Map<string, { cost: number; weighted: number }>();
    for (const { work, seconds } of submits) {
      let estimate = 0;
      for (const [kernel, cost] of work) estimate += (cost / rate) * (this.learned.get(kernel) ?? 1);
      const ratio = within(seconds / estimate, 1 / STEP, STEP);
      for (const [kernel, cost] of work) {
        const sum = seen.get(kernel) ?? { cost: 0, weighted: 0 };
        sum.cost += cost;
        sum.weighted += cost * ratio;
        seen.set(kernel, sum);
      }
    }
    for (const [kernel, { cost, weighted }] of seen) {
      this.learned.set(kernel, within((this.learned.get(kernel) ?? 1) * Math.sqrt(weighted / cost), FASTEST, SLOWEST));
    }
    this.publish();
  }

  private publish(): void {
    const moved = [...this.learned].some(([kernel, factor]) => Math.abs(Math.log(factor / (this.published.get(kernel) ?? 1))) > MOVED);
    if (!moved) return;
    for (const [kernel, factor] of this.learned) this.published.set(kernel, factor);
    this.version++;
  }
}

function within(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
