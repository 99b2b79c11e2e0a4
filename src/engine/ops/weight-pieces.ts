/**
 * Weights as launches bind them: the pieces that one binding holds (rows of a matrix, experts of a stack), each with its scales.
 * gpt-oss-20b's gate_up blocks are 253 MiB a layer: one buffer by default limits, but two bindings. A launch of experts serves only those of its piece
 * (parameters first_expert, expert_count); the other workgroups end at once.
 */
import type { Kernel } from '../gpu/kernel.ts';
import type { Bound, Capabilities } from '../graph/op.ts';
import { pieces } from '../graph/pieces.ts';
import { byteLength, type Tensor } from '../graph/tensor.ts';
import type { Matrix } from './linear.ts';

/** Rows or experts `first` to `first + count`. */
export interface WeightPiece {
  readonly first: number;
  readonly count: number;
  readonly weight: Bound;
  readonly scales?: Bound;
}

export function weightPieces({ weight, scales }: Matrix, device: Capabilities): WeightPiece[] {
  const total = weight.shape[0]!;
  const range = (tensor: Tensor, first: number, count: number): Bound => {
    const bytes = byteLength(tensor) / total;
    return count === total ? tensor : { tensor, offset: first * bytes, bytes: count * bytes };
  };
  return pieces(weight, device, weight.name).map(({ first, count }) => ({
    first,
    count,
    weight: range(weight, first, count),
    ...(scales && { scales: range(scales, first, count) }),
  }));
}

/** What a kernel binds, picked from more than it may need (only MXFP4 has scales). */
export function bound(kernel: Kernel, tensors: Readonly<Record<string, Bound | undefined>>): Record<string, Bound> {
  return Object.fromEntries(Object.keys(kernel.bindings).map((name) => [name, tensors[name]!]));
}

/** Lanes of a workgroup across the columns, `each` columns a lane: 16, fewer for a narrow matrix (a LoRA rank). */
export function columnLanes(columns: number, each: number): number {
  return Math.min(16, 2 ** Math.ceil(Math.log2(columns / each)));
}
