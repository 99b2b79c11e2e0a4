/**
 * What a phase costs on the host: seconds, the process's resident memory, and the most JavaScript and WebAssembly memory seen while it ran (heap in
 * use, array buffers and other external memory, sampled every 20 ms and whenever the phase says so). A software adapter keeps the GPU's buffers in
 * the process too, so resident memory holds both.
 */

export interface PhaseCost {
  readonly phase: string;
  readonly seconds: number;
  /** CPU seconds of all threads, the software adapter's among them. */
  readonly cpu_seconds: number;
  /** Resident bytes at its end, and the most of the process so far. */
  readonly resident: number;
  readonly peak_resident: number;
  /** Most JavaScript and WebAssembly bytes above those at its start. */
  readonly host: number;
}

export class Watch {
  readonly costs: PhaseCost[] = [];

  constructor(private readonly note: (text: string) => void) {}

  /** `sample` may be called within the phase, for stretches in which no timer fires. */
  async phase<T>(name: string, run: (sample: () => void) => Promise<T>): Promise<T> {
    this.note(`${name} ...`);
    const idle = hostBytes();
    let most = idle;
    const sample = (): void => {
      most = Math.max(most, hostBytes());
    };
    const timer = setInterval(sample, 20);
    const started = performance.now();
    const before = process.cpuUsage();
    try {
      const result = await run(sample);
      sample();
      const cpu = process.cpuUsage(before);
      const cost = {
        phase: name,
        seconds: (performance.now() - started) / 1000,
        cpu_seconds: (cpu.user + cpu.system) / 1e6,
        resident: process.memoryUsage.rss(),
        peak_resident: process.resourceUsage().maxRSS * 1024,
        host: most - idle,
      };
      this.costs.push(cost);
      this.note(`${name}: ${cost.seconds.toFixed(1)} s, ${(cost.resident / 1e9).toFixed(2)} GB resident`);
      return result;
    } finally {
      clearInterval(timer);
    }
  }
}

function hostBytes(): number {
  const { heapUsed, external } = process.memoryUsage(); // external holds the array buffers too
  return heapUsed + external;
}
