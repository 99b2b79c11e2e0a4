/**
 * Measures what submits take while programs run, and teaches the pace. With `timestamp-query`, two timestamps around the pass of every submit, resolved
 * into a small buffer that is mapped when the GPU gets there; without, the wall time of a run that began on an idle queue. Nobody waits for either,
 * and while a reading is under way the runs after it go unmeasured. Everything is made once, with the device.
 */
import type { Measured, Pace, Work } from './pace.ts';

/** Submits that one reading covers, by WebGPU's largest query set; those of a longer run go unmeasured. */
const MAX_SUBMITS = 2048;
/** In seconds; shorter wall times measure the browser more than the GPU. */
const MIN_WALL = 0.02;

interface Timestamps {
  readonly set: GPUQuerySet;
  readonly resolved: GPUBuffer;
  readonly mapped: GPUBuffer;
}

export class Stopwatch {
  private readonly timestamps: Timestamps | null;
  /** Of the run that is being encoded: what each measured submit holds; null when it is not measured. */
  private works: Work[] | null = null;
  private reading = false;
  /** Runs that the queue has not finished, where there are no timestamps. */
  private unfinished = 0;
  private began = 0;

  constructor(
    private readonly device: GPUDevice,
    private readonly pace: Pace,
  ) {
    this.timestamps = device.features.has('timestamp-query') ? createTimestamps(device) : null;
  }

  /** A run begins; until `stop`, nothing else is encoded. */
  start(): void {
    this.works = (this.timestamps ? this.reading : this.unfinished > 0) ? null : [];
    this.began = performance.now();
  }

  /** The descriptor of the next submit's only pass. */
  pass(work: Work): GPUComputePassDescriptor {
    const { works, timestamps } = this;
    if (!works || (timestamps && works.length === MAX_SUBMITS)) return {};
    const at = 2 * works.length;
    works.push(work);
    return timestamps ? { timestampWrites: { querySet: timestamps.set, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 } } : {};
  }

  /** Into the encoder of the run's last submit. */
  resolve(encoder: GPUCommandEncoder): void {
    if (!this.works || !this.timestamps) return;
    const { set, resolved, mapped } = this.timestamps;
    encoder.resolveQuerySet(set, 0, 2 * this.works.length, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, mapped, 0, 16 * this.works.length);
  }

  /** The run is submitted. */
  stop(): void {
    const { works } = this;
    this.works = null;
    // What fails here fails because the device is lost, of which everyone hears elsewhere; there is nothing to learn then.
    const lost = (): void => undefined;
    if (!this.timestamps) void this.waitForQueue(works).catch(lost);
    else if (works) void this.read(works, this.timestamps.mapped).catch(lost);
  }

  private async read(works: readonly Work[], mapped: GPUBuffer): Promise<void> {
    this.reading = true;
    await mapped.mapAsync(GPUMapMode.READ, 0, 16 * works.length);
    const times = new BigUint64Array(mapped.getMappedRange(0, 16 * works.length).slice(0));
    mapped.unmap();
    this.reading = false;
    this.pace.learn(measure(works, times));
  }

  private async waitForQueue(works: readonly Work[] | null): Promise<void> {
    const { began } = this;
    this.unfinished++;
    await this.device.queue.onSubmittedWorkDone();
    this.unfinished--;
    const seconds = (performance.now() - began) / 1000;
    if (works && seconds > MIN_WALL) this.pace.learn([{ work: total(works), seconds }]);
  }
}

/** Durations by timestamps in nanoseconds, begin and end of each pass. The timestamps of a pass may begin while the one before it still runs. */
export function measure(works: readonly Work[], times: BigUint64Array): Measured[] {
  let last = 0n;
  const submits: Measured[] = [];
  works.forEach((work, i) => {
    const begin = times[2 * i]!;
    const end = times[2 * i + 1]!;
    const from = begin > last ? begin : last;
    if (end >= from) submits.push({ work, seconds: Number(end - from) / 1e9 });
    if (end > last) last = end;
  });
  return submits;
}

function total(works: readonly Work[]): Work {
  const sum = new Map<string, number>();
  for (const work of works) for (const [kernel, cost] of work) sum.set(kernel, (sum.get(kernel) ?? 0) + cost);
  return sum;
}

/** 64 KiB beside what the counters of the device count: they are about models. */
function createTimestamps(device: GPUDevice): Timestamps {
  const size = 16 * MAX_SUBMITS;
  return {
    set: device.createQuerySet({ type: 'timestamp', count: 2 * MAX_SUBMITS }),
    resolved: device.createBuffer({ size, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC, label: 'timestamps' }),
    mapped: device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST, label: 'timestamps, mapped' }),
  };
}
