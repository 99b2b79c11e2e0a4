/**
 * The GPU device: opened once, with every useful feature and the largest limits the adapter offers, and everything that is created on it
 * counted. Pipelines and layouts are cached by kernel and overrides, so a steady state creates nothing (tests assert it by the counters).
 *
 * Every wait for the GPU goes through `settle`: a lost device may leave a promise pending, reject it shortly before `device.lost` resolves, or
 * even fulfil it (onSubmittedWorkDone, createComputePipelineAsync). Each of these ends in the same error.
 * Every buffer is created under error scopes of its own, pushed and popped in one turn, so that scopes of work that overlaps never mix.
 */
import { DEVICE_LOST, MotherTongueError } from '../../lib/errors.ts';
import { formatBytes } from '../../lib/format.ts';
import { type Kernel, placeOf } from './kernel.ts';
import { Pace } from './pace.ts';
import { Stopwatch } from './stopwatch.ts';

const WANTED_FEATURES = ['shader-f16', 'subgroups', 'timestamp-query'] as const;
const WANTED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
] as const;

/** Larger readback buffers are made for one reading. Kept sizes are powers of two, so there are few of them. */
const KEPT_STAGING = 2 ** 20;
/** Small reads share one size: how many ids a burst of decoding reads depends on the clock, and must not make a buffer late in a run. */
const LEAST_STAGING = 16 * 1024;

export interface Counters {
  buffers: number;
  bytes: number;
  pipelines: number;
  bindGroups: number;
  submits: number;
}

/** How long after a failed wait `device.lost` may resolve, in milliseconds. Chromium needs a few. */
const LOSS_DELAY = 1000;

/** A buffer that the GPU could not allocate. */
export class OutOfMemoryError extends MotherTongueError {
  /** The message without what to do about it. */
  readonly what: string;
  constructor(
    label: string,
    bytes: number,
    /** Bytes that this page had on the GPU by then. */
    readonly held: number,
    detail: string,
  ) {
    const what = `the GPU had no memory for ${label} (${formatBytes(bytes)}) beside the ${formatBytes(held)} that this page holds there${detail && ` (${detail})`}`;
    super('MemoryError', `${what[0]!.toUpperCase()}${what.slice(1)}; close other pages and programs that use the GPU.`);
    this.what = what;
  }
}

export class Gpu {
  readonly counters: Counters = { buffers: 0, bytes: 0, pipelines: 0, bindGroups: 0, submits: 0 };
  readonly pace = new Pace();
  readonly stopwatch: Stopwatch;
  private readonly pipelines = new Map<string, Promise<GPUComputePipeline>>();
  private readonly layouts = new Map<string, GPUBindGroupLayout>();
  /** Readback buffers that wait for their next use, by size. */
  private readonly staging = new Map<number, GPUBuffer[]>();
  private gone: MotherTongueError | null = null;
  private closed = false;
  /** A command that was refused, until somebody waits. */
  private fault: MotherTongueError | null = null;
  private readonly lossListeners: ((error: MotherTongueError) => void)[] = [];
  /** How to end each wait that is under way. */
  private readonly waiting = new Set<(error: Error) => void>();
  private readonly judging = new Set<Promise<void>>();
  private refused: OutOfMemoryError | null = null;
  private constructor(
    readonly device: GPUDevice,
    readonly info: GPUAdapterInfo,
  ) {
    this.stopwatch = new Stopwatch(device, this.pace);
    void device.lost.then(({ reason, message }) => this.end(message || reason));
    // Nothing else listens: a refused command would leave the results of earlier ones, and nobody would notice.
    device.addEventListener?.('uncapturederror', (event) => {
      event.preventDefault();
      const message = event.error.message.split('\n')[0]!;
      // Commands on something invalid follow from an error reported before: a buffer without memory, or an earlier command.
      if (!message.includes('[Invalid ')) this.fault ??= new MotherTongueError('DeviceError', `The GPU refused a command (${message}).`);
    });
  }

  /** `defaultLimits` opens the device with WebGPU's guaranteed limits and no features, to test the plain path. */
  static async open(gpu: GPU, { defaultLimits = false }: { defaultLimits?: boolean } = {}): Promise<Gpu> {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter)
      throw new MotherTongueError(
        'DeviceError',
        'The browser offers no GPU adapter; check that hardware acceleration is on and the graphics driver is current.',
      );
    const requiredFeatures = defaultLimits ? [] : WANTED_FEATURES.filter((f) => adapter.features.has(f));
    const requiredLimits: Record<string, number> = {};
    if (!defaultLimits) for (const name of WANTED_LIMITS) requiredLimits[name] = adapter.limits[name];
    const device = await adapter.requestDevice({ requiredFeatures, requiredLimits });
    // A device may be lost before it is handed out: browsers do so right after a crash of their GPU process.
    const early = await Promise.race([device.lost, Promise.resolve(null)]);
    if (early) throw new Error(`the device was lost as it was opened: ${early.message || early.reason}`);
    return new Gpu(device, adapter.info);
  }

  /** Why the device is gone; null while it is there. */
  get lost(): MotherTongueError | null {
    return this.gone;
  }

  /** Called once when the device is lost, before any wait for it ends, at once where it is lost already; not when it is closed. */
  whenLost(listener: (error: MotherTongueError) => void): void {
    if (this.gone && !this.closed) listener(this.gone);
    else this.lossListeners.push(listener);
  }

  /** Gives the device back. */
  close(): void {
    this.closed = true;
    this.device.destroy();
  }

  private end(what: string): void {
    this.gone = new MotherTongueError('DeviceError', `${DEVICE_LOST} (${what.trim().replace(/\.$/, '')}).`);
    if (!this.closed) for (const listener of this.lossListeners) listener(this.gone);
    for (const reject of this.waiting) reject(this.gone);
    this.waiting.clear();
  }

  /** Waits for a promise of the platform; ends with the loss when the device is lost before, meanwhile or because of it. */
  settle<X>(work: Promise<X>): Promise<X> {
    return new Promise((resolve, reject) => {
      this.waiting.add(reject);
      const done = (then: () => void): void => {
        this.waiting.delete(reject);
        if (this.gone) reject(this.gone);
        else then();
      };
      work.then(
        (value) => done(() => resolve(value)),
        async (cause) => {
          if (!this.gone) await Promise.race([this.device.lost, new Promise((after) => setTimeout(after, LOSS_DELAY))]);
          done(() => reject(cause));
        },
      );
    });
  }

  /** Waits until all that was submitted is done; throws where one of the commands was refused. */
  async idle(): Promise<undefined> {
    await this.settle(this.device.queue.onSubmittedWorkDone());
    this.throwFault();
  }

  private throwFault(): void {
    const { fault } = this;
    this.fault = null;
    if (fault) throw fault;
  }

  /** Waits until every buffer so far is known to be allocated; throws OutOfMemoryError for the first that is not. */
  async allocated(): Promise<void> {
    await Promise.all(this.judging);
    const { refused } = this;
    this.refused = null;
    if (this.gone) throw this.gone;
    if (refused) throw refused;
  }

  /** A storage buffer that can be written, read back and copied. Sizes are multiples of 4. `allocated` reports whether there was memory for it. */
  buffer(
    bytes: number,
    label: string,
    usage: number = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
  ): GPUBuffer {
    if (bytes > this.device.limits.maxBufferSize) {
      throw new MotherTongueError(
        'DeviceError',
        `${label} needs a buffer of ${bytes} bytes; this GPU allows ${this.device.limits.maxBufferSize}.`,
      );
    }
    if (this.gone) throw this.gone;
    const { device } = this;
    const held = this.counters.bytes;
    device.pushErrorScope('validation');
    device.pushErrorScope('out-of-memory');
    try {
      const buffer = device.createBuffer({ size: bytes, usage, label });
      this.counters.buffers++;
      this.counters.bytes += bytes;
      return buffer;
    } catch (cause) {
      throw new OutOfMemoryError(label, bytes, held, cause instanceof Error ? cause.message : String(cause));
    } finally {
      this.judge(Promise.all([device.popErrorScope(), device.popErrorScope()]), (what) => new OutOfMemoryError(label, bytes, held, what));
    }
  }

  private judge(scopes: Promise<(GPUError | null)[]>, refusal: (what: string) => OutOfMemoryError): void {
    const judged = this.settle(scopes).then(
      ([memory, validation]) => {
        if (memory) this.refused ??= refusal('');
        else if (validation) this.refused ??= refusal(validation.message.split('\n')[0]!.replace(/\.$/, ''));
      },
      () => undefined, // lost: whoever waits hears of it
    );
    this.judging.add(judged);
    void judged.then(() => this.judging.delete(judged));
  }

  destroy(buffer: GPUBuffer): void {
    this.counters.bytes -= buffer.size;
    buffer.destroy();
  }

  bindGroup(kernel: Kernel, entries: GPUBindGroupEntry[]): GPUBindGroup {
    this.counters.bindGroups++;
    return this.device.createBindGroup({ layout: this.layout(kernel), entries, label: kernel.name });
  }

  pipeline(kernel: Kernel, overrides: Readonly<Record<string, number>> = {}): Promise<GPUComputePipeline> {
    const key = `${kernel.name} ${JSON.stringify(overrides)}`;
    let pipeline = this.pipelines.get(key);
    if (!pipeline) {
      this.counters.pipelines++;
      pipeline = this.compile(kernel, overrides);
      this.pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  /** Copies a range of a buffer to the host. Readback buffers up to 1 MiB are kept, so that a loop that reads creates none. */
  async read(buffer: GPUBuffer, offset = 0, bytes: number = buffer.size - offset): Promise<ArrayBuffer> {
    const size = bytes > KEPT_STAGING ? bytes : 2 ** Math.ceil(Math.log2(Math.max(LEAST_STAGING, bytes)));
    const free = this.staging.get(size) ?? [];
    if (size <= KEPT_STAGING) this.staging.set(size, free);
    const staging = free.pop() ?? this.buffer(size, 'readback', GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
    const encoder = this.device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, offset, staging, 0, bytes);
    this.device.queue.submit([encoder.finish()]);
    try {
      await this.settle(staging.mapAsync(GPUMapMode.READ, 0, bytes));
      this.throwFault();
      const copy = staging.getMappedRange(0, bytes).slice(0);
      staging.unmap();
      if (size <= KEPT_STAGING) free.push(staging);
      else this.destroy(staging);
      return copy;
    } catch (error) {
      this.destroy(staging);
      await this.allocated(); // the refusal of a readback buffer explains more than a failed map
      throw error;
    }
  }

  private async compile(kernel: Kernel, overrides: Readonly<Record<string, number>>): Promise<GPUComputePipeline> {
    const module = this.device.createShaderModule({ code: kernel.source, label: kernel.name });
    const layout = this.device.createPipelineLayout({ bindGroupLayouts: [this.layout(kernel)] });
    try {
      return await this.settle(
        this.device.createComputePipelineAsync({
          label: kernel.name,
          layout,
          compute: { module, entryPoint: kernel.entry, constants: { ...overrides } },
        }),
      );
    } catch (cause) {
      if (this.gone) throw this.gone;
      const { messages } = await this.settle(module.getCompilationInfo());
      const first = messages.find((m) => m.type === 'error');
      const where = first ? ` (${placeOf(kernel, first.lineNum)}: ${first.message})` : '';
      throw new MotherTongueError(
        'DeviceError',
        `The kernel ${kernel.name} does not compile on this GPU${where}. ${cause instanceof Error ? cause.message : ''}`,
      );
    }
  }

  private layout(kernel: Kernel): GPUBindGroupLayout {
    let layout = this.layouts.get(kernel.name);
    if (!layout) {
      const entries: GPUBindGroupLayoutEntry[] = [
        { binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'uniform', hasDynamicOffset: true } },
      ];
      for (const { binding, access } of Object.values(kernel.bindings)) {
        entries.push({
          binding,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' },
        });
      }
      layout = this.device.createBindGroupLayout({ entries, label: kernel.name });
      this.layouts.set(kernel.name, layout);
    }
    return layout;
  }
}
