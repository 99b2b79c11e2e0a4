/**
 * What an op is: a shape rule, a lowering to kernel launches, and (where something trainable can lie below it) a vector-Jacobian product
 * that emits further ops. Backward ops are ops like any other, so every one of them has a twin and cases.
 *
 * Inputs, outputs and attributes are named records. An output may be directed `into` a persistent tensor (a gradient, a cache, a moment);
 * whether it adds or overwrites is an attribute of the op.
 */
import type { Kernel } from '../gpu/kernel.ts';
import type { Spec, Tensor, Tensors } from './tensor.ts';
import type { Trace } from './trace.ts';

/** What lowering depends on; the defaults are WebGPU's guaranteed limits. */
export interface Capabilities {
  readonly maxStorageBufferBindingSize: number;
  readonly maxBufferSize: number;
  readonly maxComputeWorkgroupsPerDimension: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
  readonly maxComputeWorkgroupStorageSize: number;
  readonly f16: boolean;
  readonly subgroups: boolean;
  /** Launches that cost more are cut (graph/cut.ts): as much as this device does in the longest time that one submit may last. */
  readonly maxLaunchCost: number;
}

export const DEFAULT_CAPABILITIES: Capabilities = {
  maxStorageBufferBindingSize: 128 * 1024 * 1024,
  maxBufferSize: 256 * 1024 * 1024,
  maxComputeWorkgroupsPerDimension: 65535,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupStorageSize: 16384,
  f16: false,
  subgroups: false,
  maxLaunchCost: Number.POSITIVE_INFINITY,
};

/** A tensor, or a byte range of one (offset a multiple of 256). */
export type Bound = Tensor | { readonly tensor: Tensor; readonly offset: number; readonly bytes: number };

export interface Launch {
  readonly kernel: Kernel;
  readonly bind: Readonly<Record<string, Bound>>;
  readonly params: Readonly<Record<string, number>>;
  readonly overrides?: Readonly<Record<string, number>>;
  readonly workgroups: readonly [number, number, number];
  /** Multiply-adds of a matrix product of the same duration, roughly; used to keep every submit short. */
  readonly cost?: number;
  /** The upper bound of `cost` where that depends on data (which experts the tokens are routed to). */
  readonly maxCost?: number;
}

export type Attrs = { readonly [name: string]: unknown };
export type Specs<O extends Tensors> = { readonly [K in keyof O]: Spec };

export interface OpNode<I extends Tensors, O extends Tensors, A extends Attrs> {
  readonly inputs: I;
  readonly outputs: O;
  readonly attrs: A;
}

/** An op with what it reads. */
export type Fused = { readonly op: Op; readonly inputs: Tensors; readonly attrs: Attrs };

export interface Op<I extends Tensors = Tensors, O extends Tensors = Tensors, A extends Attrs = Attrs> {
  readonly name: string;
  /** Shapes and types of the outputs; throws a sentence when inputs do not fit. */
  infer(inputs: I, attrs: A): Specs<O>;
  lower(node: OpNode<I, O, A>, device: Capabilities): Launch[];
  /**
   * Gradients of inputs from gradients of outputs (absent = zero). A product
   * returned for a trainable input is added to `trace.gradient(input)`; a rule that adds it there itself leaves it out.
   */
  vjp?(trace: Trace, node: OpNode<I, O, A>, d: Partial<O>): Partial<I>;
  /** The op that does what `first`, whose value comes in as `input`, and then `node` do, where there is one (see graph/fuse.ts). */
  fuse?(node: OpNode<I, O, A>, input: string, first: Fused): Fused | null;
}

/**
 * A line of workgroups over `n` items, folded into two dimensions when one is too long; the shader's index is `(wid.y * nwg.x + wid.x) * size + lid`.
 * `per`: items of a workgroup, as a number, or as a kernel each of whose invocations handles one.
 */
export function grid(n: number, per: number | Kernel, device: Capabilities): [number, number, number] {
  const groups = Math.max(1, Math.ceil(n / (typeof per === 'number' ? per : invocations(per))));
  const x = Math.min(groups, device.maxComputeWorkgroupsPerDimension);
  return [x, Math.ceil(groups / x), 1];
}

function invocations({ name, workgroup }: Kernel): number {
  return workgroup.reduce<number>((n, size) => {
    if (typeof size === 'string') throw new Error(`The size of a workgroup of ${name} depends on ${size}.`);
    return n * size;
  }, 1);
}
