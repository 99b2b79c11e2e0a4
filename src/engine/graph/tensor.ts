/**
 * Symbolic tensors: a shape, an element type and a role, no data.
 *
 * Shape letters used all over the engine:
 *   T tokens of a packed stream   B rows that decode together   C hidden size   H query heads   G key/value heads   D head size
 *   F intermediate size   E experts   K experts per token   S = T*K routed slots   V vocabulary   R LoRA rank   M rows with a label
 *
 * Roles, by who owns the bytes:
 *   value     an intermediate of one run; lives in a slot that the planner shares by liveness
 *   input     written by the host before a run
 *   weight    frozen, from the checkpoint, in the checkpoint's own encoding
 *   trainable adapter tensor        gradient  its gradient, summed over micro-batches
 *   state     anything else that outlives a run: optimiser moments, KV cache, sampled ids, metrics
 */
export type DType = 'f32' | 'u32' | 'i32' | 'bf16' | 'u8';
export type Role = 'value' | 'input' | 'weight' | 'trainable' | 'gradient' | 'state';

export interface Spec {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

export interface Tensor extends Spec {
  readonly id: number;
  readonly name: string;
  readonly role: Role;
  /** True when a trainable tensor lies below it, so that the backward must pass through. */
  readonly needsGradient: boolean;
}

export type Tensors = { readonly [name: string]: Tensor | undefined };

const BYTES: Record<DType, number> = { f32: 4, u32: 4, i32: 4, bf16: 2, u8: 1 };

export function elements(shape: readonly number[]): number {
  return shape.reduce((n, d) => n * d, 1);
}

/** Bytes on the GPU: whole 32-bit words, never zero (a binding may not be empty). */
export function byteLength(spec: Spec): number {
  return Math.max(4, Math.ceil((elements(spec.shape) * BYTES[spec.dtype]) / 4) * 4);
}
