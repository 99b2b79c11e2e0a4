/**
 * Running a plan: buffers, pipelines and bind groups are made once in `Program.build`; `run` only encodes and submits.
 *
 * Slots come from a `Pool` that programs of one kind share, since they never run at the same time. A second, smaller shape bucket costs no memory. Parameters are constants of the plan and live in one uniform buffer. Launches are grouped into submits by the pace of the device,
 * anew when that has changed, so that no command buffer holds the GPU for long.
 */
import type { Kernel } from '../gpu/kernel.ts';
import type { Store } from '../gpu/store.ts';
import type { Bound, Launch } from './op.ts';
import { cutLaunches, type Plan, type Slot } from './plan.ts';
import { type Submit, submitsOf } from './submits.ts';
import { byteLength, type Tensor } from './tensor.ts';

const UNIFORM_STRIDE = 256;

/** Slot buffers shared by programs that never overlap in time: slot i of a class serves every program's i-th slot of that class. */
export class Pool {
  private readonly buffers = new Map<string, GPUBuffer>();
  private programs = 0;
  constructor(
    private readonly store: Store,
    private readonly name: string,
  ) {}

  /** Makes the pool hold every given slot list; call once with all plans before building programs. */
  reserve(plans: readonly (readonly Slot[])[]): void {
    for (const [key, { bytes, class: c }] of poolSizes(plans)) {
      if (this.buffers.has(key)) continue;
      this.buffers.set(key, this.store.create(`${this.name}:${key}`, bytes, c).buffer);
    }
  }

  /** Whether programs of these slot lists can be built on what is reserved. */
  holds(plans: readonly (readonly Slot[])[]): boolean {
    return [...poolSizes(plans)].every(([key, { bytes }]) => (this.buffers.get(key)?.size ?? 0) >= bytes);
  }

  /** A buffer for one program's parameters; freed with the pool, or before by its name. */
  uniforms(bytes: number): { name: string; buffer: GPUBuffer } {
    const name = `${this.name}:params-${this.programs++}`;
    return { name, buffer: this.store.create(name, bytes, 'inputs', GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST).buffer };
  }

  slots(slots: readonly Slot[]): GPUBuffer[] {
    return [...keyed(slots)].map(([key]) => {
      const buffer = this.buffers.get(key);
      if (!buffer) throw new Error(`The pool ${this.name} has no slot ${key}; reserve it first.`);
      return buffer;
    });
  }

  free(): void {
    this.store.free((name) => name.startsWith(`${this.name}:`));
    this.buffers.clear();
  }
}

/** What `reserve` allocates: by slot of the pool, its bytes and class. */
export function poolSizes(plans: readonly (readonly Slot[])[]): Map<string, { bytes: number; class: Slot['class'] }> {
  const sizes = new Map<string, { bytes: number; class: Slot['class'] }>();
  for (const slots of plans) {
    for (const [key, slot] of keyed(slots)) {
      sizes.set(key, { bytes: Math.max(slot.bytes, sizes.get(key)?.bytes ?? 0), class: slot.class });
    }
  }
  return sizes;
}

/** Bytes of the uniform buffer of a program. */
export function uniformBytes(plan: Plan): number {
  return Math.max(1, plan.dispatches) * UNIFORM_STRIDE;
}

function* keyed(slots: readonly Slot[]): Generator<[string, Slot]> {
  const next: Record<string, number> = {};
  for (const slot of slots) {
    const n = next[slot.class] ?? 0;
    next[slot.class] = n + 1;
    yield [`${slot.class}-${n}`, slot];
  }
}

/** The buffer of a range of a tensor, and the byte where it begins there. */
type Where = (tensor: Tensor, offset: number, bytes: number) => { buffer: GPUBuffer; offset: number };

interface Prepared {
  readonly kernel: Kernel;
  readonly maxCost: number;
  readonly pipeline: GPUComputePipeline;
  /** Of the whole launch; its parts differ by where their parameters are. */
  readonly group: GPUBindGroup;
  readonly params: readonly [offset: number];
  readonly workgroups: readonly [number, number, number];
}

export class Program {
  private submits: readonly Submit[] = [];
  /** Of the estimates that `submits` were made by. */
  private version = -1;
  private constructor(
    private readonly store: Store,
    private readonly launches: readonly Prepared[],
    private readonly uniforms: string,
    private readonly where: Where,
  ) {}

  static async build(store: Store, plan: Plan, pool: Pool): Promise<Program> {
    const { gpu } = store;
    const slots = pool.slots(plan.slots);
    const where: Where = (tensor, offset, bytes) => {
      if (tensor.role !== 'value') return store.locate(tensor.name, offset, bytes);
      return { buffer: slots[plan.assignment.get(tensor)!]!, offset };
    };
    const { name, buffer: uniforms } = pool.uniforms(uniformBytes(plan));
    const parts = cutLaunches(plan);
    gpu.device.queue.writeBuffer(uniforms, 0, packParams(parts.flat()));
    const pipelines = await Promise.all(plan.launches.map((l) => gpu.pipeline(l.kernel, l.overrides)));
    await gpu.allocated();
    let at = 0;
    const prepared = plan.launches.flatMap((whole, i): Prepared[] => {
      const { kernel } = whole;
      const entries: GPUBindGroupEntry[] = [{ binding: 0, resource: { buffer: uniforms, offset: 0, size: UNIFORM_STRIDE } }];
      for (const [name, { binding }] of Object.entries(kernel.bindings)) entries.push({ binding, resource: resolve(whole, name, where) });
      const same = { kernel, pipeline: pipelines[i]!, group: gpu.bindGroup(kernel, entries) };
      return parts[i]!.map(({ cost = 0, maxCost = cost, workgroups }) => ({
        ...same,
        maxCost,
        workgroups,
        params: [at++ * UNIFORM_STRIDE],
      }));
    });
    return new Program(store, prepared, name, where);
  }

  run(): void {
    const { gpu } = this.store;
    if (this.version !== gpu.pace.version) {
      this.submits = submitsOf(this.launches, gpu.pace);
      this.version = gpu.pace.version;
    }
    gpu.stopwatch.start();
    for (const { from, to, work } of this.submits) {
      const encoder = gpu.device.createCommandEncoder();
      const pass = encoder.beginComputePass(gpu.stopwatch.pass(work));
      for (let i = from; i < to; i++) {
        const { pipeline, group, params, workgroups } = this.launches[i]!;
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group, params);
        pass.dispatchWorkgroups(...workgroups);
      }
      pass.end();
      if (to === this.launches.length) gpu.stopwatch.resolve(encoder);
      gpu.device.queue.submit([encoder.finish()]);
      gpu.counters.submits++;
    }
    gpu.stopwatch.stop();
  }

  /** The contents of a value that the trace kept. */
  async read(tensor: Tensor): Promise<ArrayBuffer> {
    const bytes = byteLength(tensor);
    const { buffer, offset } = this.where(tensor, 0, bytes);
    return this.store.gpu.read(buffer, offset, bytes);
  }

  free(): void {
    this.store.free((name) => name === this.uniforms);
  }
}

function resolve(launch: Launch, name: string, where: Where): GPUBufferBinding {
  const bound: Bound = launch.bind[name]!; // as checked when it was planned
  const range = 'tensor' in bound ? bound : { tensor: bound, offset: 0, bytes: byteLength(bound) };
  const { buffer, offset } = where(range.tensor, range.offset, range.bytes);
  return { buffer, offset, size: range.bytes };
}

function packParams(launches: readonly Launch[]): ArrayBuffer {
  const bytes = new ArrayBuffer(launches.length * UNIFORM_STRIDE);
  const view = new DataView(bytes);
  launches.forEach(({ kernel, params }, i) => {
    Object.entries(kernel.params).forEach(([name, type], field) => {
      const value = params[name]!; // as checked when it was planned
      const at = i * UNIFORM_STRIDE + field * 4;
      if (type === 'f32') view.setFloat32(at, value, true);
      else if (type === 'i32') view.setInt32(at, value, true);
      else view.setUint32(at, value, true);
    });
  });
  return bytes;
}
