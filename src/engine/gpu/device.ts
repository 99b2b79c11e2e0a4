/**
 * The GPU device: opened once, with every useful feature and the largest limits the adapter offers, and everything that is created on it
 * counted. Pipelines and layouts are cached by kernel and overrides, so a steady state creates nothing (tests assert it by the counters).
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { Kernel } from './kernel.ts';

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

export interface Counters {
  buffers: number;
  bytes: number;
  pipelines: number;
  bindGroups: number;
  submits: number;
}

export class Gpu {
  readonly counters: Counters = { buffers: 0, bytes: 0, pipelines: 0, bindGroups: 0, submits: 0 };
  private readonly pipelines = new Map<string, Promise<GPUComputePipeline>>();
  private readonly layouts = new Map<string, GPUBindGroupLayout>();
  /** Readback buffers that wait for their next use, by size. */
  private readonly staging = new Map<number, GPUBuffer[]>();
  private constructor(
    readonly device: GPUDevice,
    readonly info: GPUAdapterInfo,
  ) {}

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
    return new Gpu(device, adapter.info);
  }

  /** A storage buffer that can be written, read back and copied. Sizes are whole words. */
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
    this.counters.buffers++;
    this.counters.bytes += bytes;
    return this.device.createBuffer({ size: bytes, usage, label });
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
    const size = bytes > KEPT_STAGING ? bytes : 2 ** Math.ceil(Math.log2(Math.max(256, bytes)));
    const free = this.staging.get(size) ?? [];
    if (size <= KEPT_STAGING) this.staging.set(size, free);
    const staging = free.pop() ?? this.buffer(size, 'readback', GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
    const encoder = this.device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, offset, staging, 0, bytes);
    this.device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ, 0, bytes);
    const copy = staging.getMappedRange(0, bytes).slice(0);
    staging.unmap();
    if (size <= KEPT_STAGING) free.push(staging);
    else this.destroy(staging);
    return copy;
  }

  private async compile(kernel: Kernel, overrides: Readonly<Record<string, number>>): Promise<GPUComputePipeline> {
    const module = this.device.createShaderModule({ code: kernel.source, label: kernel.name });
    const layout = this.device.createPipelineLayout({ bindGroupLayouts: [this.layout(kernel)] });
    try {
      return await this.device.createComputePipelineAsync({
        label: kernel.name,
        layout,
        compute: { module, entryPoint: kernel.entry, constants: { ...overrides } },
      });
    } catch (cause) {
      const { messages } = await module.getCompilationInfo();
      const first = messages.find((m) => m.type === 'error');
      const where = first ? ` (line ${first.lineNum}: ${first.message})` : '';
      throw new MotherTongueError(
        'DeviceError',
        `The kernel ${kernel.name} does not compile on this GPU${where}. ${cause instanceof Error ? cause.message : ''}`,
      );
    }
  }

  private layout(kernel: Kernel): GPUBindGroupLayout {
    let layout = this.layouts.get(kernel.name);
    if (!layout) {
      const entries: GPUBindGroupLayoutEntry[] = [{ binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'uniform' } }];
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
