/**
 * Expert weights [E, N, C] as the GPU holds them, and their split into groups of experts that fit one binding.
 * gpt-oss-20b's gate_up blocks are 253 MiB a layer: one buffer by default limits, but two bindings. A launch binds the bytes of one group and
 * serves only its experts (parameters first_expert, expert_count); the other workgroups end at once.
 */
import type { Kernel } from '../gpu/kernel.ts';
import type { Bound, Capabilities } from '../graph/op.ts';
import { byteLength, type Tensor } from '../graph/tensor.ts';
import type { Matrix } from './linear.ts';

/** Offsets of storage bindings are multiples of this (WebGPU's default minStorageBufferOffsetAlignment). */
const ALIGNMENT = 256;

export interface ExpertGroup {
  readonly first: number;
  readonly count: number;
  readonly weight: Bound;
  readonly scales?: Bound;
}

export function expertGroups({ weight, scales }: Matrix, device: Capabilities): ExpertGroup[] {
  const experts = weight.shape[0]!;
  const limit = device.maxStorageBufferBindingSize;
  const parts = scales ? [weight, scales] : [weight];
  if (parts.every((t) => byteLength(t) <= limit)) return [{ first: 0, count: experts, weight, ...(scales && { scales }) }];
  const bytes = parts.map((t) => byteLength({ shape: t.shape.slice(1), dtype: t.dtype }));
  // A group's first byte is aligned in every part when its first expert is a multiple of `step`.
  const step = Math.max(...bytes.map((b) => ALIGNMENT / commonDivisor(b, ALIGNMENT)));
  const fitting = Math.min(...bytes.map((b) => Math.floor(limit / b)));
  const size = Math.floor(fitting / step) * step;
  if (size === 0) throw new Error(`${weight.name}: ${step} of its experts are larger than this GPU binds at once (${limit} bytes).`);
  const range = (tensor: Tensor, perExpert: number, first: number, count: number): Bound => ({
    tensor,
    offset: first * perExpert,
    bytes: count * perExpert,
  });
  return Array.from({ length: Math.ceil(experts / size) }, (_, i): ExpertGroup => {
    const first = i * size;
    const count = Math.min(size, experts - first);
    return {
      first,
      count,
      weight: range(weight, bytes[0]!, first, count),
      ...(scales && { scales: range(scales, bytes[1]!, first, count) }),
    };
  });
}

/** What a kernel binds, picked from more than it may need (only MXFP4 has scales). */
export function bound(kernel: Kernel, tensors: Readonly<Record<string, Bound | undefined>>): Record<string, Bound> {
  return Object.fromEntries(Object.keys(kernel.bindings).map((name) => [name, tensors[name]!]));
}

/** Lanes of a workgroup across the columns, four columns each: 16, fewer for a narrow matrix (a LoRA rank). */
export function columnLanes(columns: number): number {
  return Math.min(16, 2 ** Math.ceil(Math.log2(columns / 4)));
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
