/**
 * Float64 twins: what an op computes, in plain loops, for tests and for the in-app self-test.
 * Arrays are row-major. bf16 tensors arrive as their values (already rounded to bf16), u8 tensors (MXFP4 blocks and scales) as raw bytes.
 */
import type { Attrs, Op } from '../graph/op.ts';
import type { Tensor, Tensors } from '../graph/tensor.ts';

export interface Array64 {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

type Arrays<T extends Tensors> = { readonly [K in keyof T]: undefined extends T[K] ? Array64 | undefined : Array64 };

/** `previous` holds the earlier contents of outputs that are directed into persistent tensors (zeros otherwise). */
export type TwinFunction<I extends Tensors, O extends Tensors, A extends Attrs> = (
  inputs: Arrays<I>,
  attrs: A,
  previous: Partial<Arrays<O>>,
) => { readonly [K in keyof O]: Array64 };

export interface Twin {
  readonly op: Op;
  readonly run: (
    inputs: Record<string, Array64 | undefined>,
    attrs: Attrs,
    previous: Record<string, Array64 | undefined>,
  ) => Record<string, Array64>;
  readonly cases: readonly Case[];
  /** Outputs that are workspace of the kernels and mean nothing outside; not compared. */
  readonly scratch?: readonly string[];
}

/** How a case makes its data; seeded by the case's title. */
export type Fill =
  | { kind: 'normal'; scale?: number }
  | { kind: 'uniform'; from: number; to: number }
  | { kind: 'integers'; below: number }
  | { kind: 'values'; values: readonly number[] };

export interface CaseInput {
  readonly shape: readonly number[];
  readonly dtype?: Tensor['dtype'];
  readonly fill: Fill;
  /** Gradient checks move only these. */
  readonly differentiable?: boolean;
}

export interface Case {
  /** The path it takes: "partial tile", "one row", "empty expert". */
  readonly title: string;
  readonly inputs: Readonly<Record<string, CaseInput>>;
  readonly attrs: Attrs;
  /** Outputs that go into persistent tensors, with their earlier contents. */
  readonly into?: Readonly<Record<string, CaseInput>>;
  /** Relative to the largest reference value of the output; 1e-5 unless the formula itself is worse conditioned, with the reason beside it. */
  readonly tolerance?: number;
}

export function twin<I extends Tensors, O extends Tensors, A extends Attrs>(
  op: Op<I, O, A>,
  run: TwinFunction<I, O, A>,
  cases: readonly (Omit<Case, 'attrs' | 'inputs'> & { attrs: A; inputs: { readonly [K in keyof I]: CaseInput } })[],
  scratch: readonly string[] = [],
): Twin {
  // Closed over its own op's types above; the table of all twins cannot know them.
  return { op: op as unknown as Op, run: run as unknown as Twin['run'], cases: cases as unknown as readonly Case[], scratch };
}

export function zeros(shape: readonly number[]): Array64 {
  return { shape, data: new Float64Array(shape.reduce((n, d) => n * d, 1)) };
}
