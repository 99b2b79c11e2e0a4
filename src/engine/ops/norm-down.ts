/**
 * LoRA's branches on layers that read one normed input, for a few rows (decoding). The norm and all ways down are one launch, `norm-down`; the ways up
 * happen inside the launch of the layers (qkv.ts, gate-up.ts), which read [x | h] as one tensor and the adapter as one arena, since a shader binds
 * eight buffers at most. No gradient.
 */
import { type Bound, DEFAULT_CAPABILITIES, type Op } from '../graph/op.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { normDownKernels } from '../kernels/norm.ts';
import type { LinearLayer } from './linear.ts';
import { checkRanks, ownInput, ownLaunch } from './own-ranks.ts';
import type { Norm } from './rms-norm.ts';
import { GEMV_COLUMNS, GEMV_ROWS, gemvVariant } from './variants.ts';

type Inputs = {
  readonly x: Tensor;
  /** [C] */
  readonly weight: Tensor;
  /** [L] f32: A of every branch lies in it. */
  readonly adapter: Tensor;
  /** Of queries, keys and values, all three or none: they go along. */
  readonly q_bias?: Tensor;
  readonly k_bias?: Tensor;
  readonly v_bias?: Tensor;
  /** [T, C, 2]: rows keep ranks of their own (own-ranks.ts). */
  readonly ranks?: Tensor;
};
/** A [rank, C] begins at value `at`, a multiple of 64 (256 bytes); rank 0: no branch. */
export type Down = { readonly rank: number; readonly at: number; readonly mix?: number };
/** B [N, rank] begins at value `at`, a multiple of 64. */
export type Up = Down & { readonly scale: number };

const NONE: Up = { rank: 0, at: 0, scale: 0 };
/** Rows of z are whole steps of gemv kernels over bf16. */
const ROW_STEP = 8;

/** Values of a row [x | h of every branch | biases]. */
export function rowLength(width: number, branches: readonly Down[], biases: number): number {
  return Math.ceil((width + ranksOf(branches) + biases) / ROW_STEP) * ROW_STEP;
}

export const normDownOp: Op<Inputs, { z: Tensor }, { readonly eps: number; readonly downs: readonly Down[] }> = {
  name: 'norm-down',
  infer: ({ x, weight, adapter, q_bias, k_bias, v_bias, ranks }, { downs }) => {
    const [rows, width] = x.shape as [number, number];
    const used = downs.filter(({ rank }) => rank > 0);
    if (weight.shape[0] !== width || width % 4 !== 0)
      throw new Error(`norm-down: ${weight.name} [${weight.shape}] does not fit x [${x.shape}].`);
    if (used.length === 0 || downs.length > 3) throw new Error(`norm-down: ${used.length} of ${downs.length} branches; one to three go.`);
    if (used.some(({ rank, at }) => rank % 4 !== 0 || at % 64 !== 0 || at + rank * width > adapter.shape[0]!))
      throw new Error(`norm-down: branches ${JSON.stringify(used)} do not lie in ${adapter.name} [${adapter.shape}].`);
    checkRanks('norm-down', ranks, rows, mixesOf(downs));
    const biases = [q_bias, k_bias, v_bias].map((t) => t?.shape[0] ?? 0);
    if (biases.filter((n) => n > 0).length % 3 !== 0 || biases[1] !== biases[2] || biases.some((n) => n % 4 !== 0))
      throw new Error(`norm-down: biases of ${biases} values do not go together.`);
    return {
      z: {
        shape: [
          rows,
          rowLength(
            width,
            downs,
            biases.reduce((a, b) => a + b),
          ),
        ],
        dtype: 'f32',
      },
    };
  },
  lower: ({ inputs, outputs, attrs: { eps, downs } }) => {
    const { x, weight, adapter, q_bias, k_bias, v_bias, ranks } = inputs;
    const [rows, width] = x.shape as [number, number];
    const own = ranks && ownLaunch(ranks, mixesOf(downs));
    const { bound, quadOf } = spanOf(adapter, downs, width);
    const variant = gemvVariant(width);
    const [q = NONE, k = NONE, v = NONE] = downs;
    return [
      {
        kernel: normDownKernels[own ? 'own' : 'all'][variant].f32,
        bind: {
          ...{ x, weight, down: bound, q_bias: q_bias ?? weight, k_bias: k_bias ?? weight, v_bias: v_bias ?? weight },
          ...own?.bind,
          ...outputs,
        },
        params: {
          ...{ quads: width / 4, stride: outputs.z.shape[1]! / 4, eps },
          ...{ q_rank: q.rank / 4, k_rank: k.rank / 4, v_rank: v.rank / 4 },
          ...{ q_down_at: quadOf(q), k_down_at: quadOf(k), v_down_at: quadOf(v) },
          ...{ q_biases: (q_bias?.shape[0] ?? 0) / 4, kv_biases: (k_bias?.shape[0] ?? 0) / 4 },
        },
        ...(own && { overrides: own.overrides }),
        workgroups: [Math.ceil(ranksOf(downs) / GEMV_COLUMNS[variant]), rows, 1],
        cost: rows * width * (ranksOf(downs) + 24),
      },
    ];
  },
};

function ranksOf(branches: readonly Down[]): number {
  return branches.reduce((n, { rank }) => n + rank, 0);
}

function mixesOf(branches: readonly Down[]): number[] {
  return branches.map(({ mix = 0 }) => mix);
}

/** The part of an arena that holds these matrices [rank x `width` values each], and the quad of it where one begins. */
export function spanOf(adapter: Tensor, parts: readonly Down[], ...widths: number[]): { bound: Bound; quadOf: (part: Down) => number } {
  const used = parts.flatMap((part, i) => (part.rank > 0 ? [{ ...part, width: widths[i] ?? widths[0]! }] : []));
  const first = Math.min(...used.map(({ at }) => at));
  const end = Math.max(...used.map(({ rank, at, width }) => at + rank * width));
  const bound = { tensor: adapter, offset: first * 4, bytes: (end - first) * 4 };
  return { bound, quadOf: ({ rank, at }) => (rank > 0 ? (at - first) / 4 : 0) };
}

/** What layers behind a norm read when one launch has their branches. */
export interface NormedDown {
  readonly z: Tensor;
  readonly adapter: Tensor;
  /** Of each layer, in order. */
  readonly ups: readonly Up[];
}

/** x [T, C] normed and through the ways down of these layers; null where they have none, or where one launch does not do it. */
export function normDown(
  trace: Trace,
  x: Tensor,
  { weight, eps }: Norm,
  layers: readonly LinearLayer[],
  biases: Pick<Inputs, 'q_bias' | 'k_bias' | 'v_bias'> = {},
): NormedDown | null {
  const branches = layers.flatMap(({ lora }) => lora ?? []);
  const [first] = branches;
  if (!first || x.shape[0]! > GEMV_ROWS || x.needsGradient || branches.some(({ a }) => a.needsGradient) || !fitsOneBinding(layers))
    return null;
  const adapter = first.arena;
  const downs = layers.map(({ lora }): Down => {
    return lora ? { rank: lora.a.shape[0]!, at: lora.a_at, ...(lora.own && { mix: lora.own.mix }) } : NONE;
  });
  const ups = layers.map(({ lora }): Up => (lora ? { rank: lora.a.shape[0]!, at: lora.b_at, scale: lora.scale } : NONE));
  return { z: trace.emit(normDownOp, { x, weight, adapter, ...biases, ...ownInput(first.own) }, { eps, downs }).z, adapter, ups };
}

/** Whether every GPU binds the part of the arena from the first A to the last B at once. */
function fitsOneBinding(layers: readonly LinearLayer[]): boolean {
  const ends = layers.flatMap(({ lora }) => (lora ? [lora.a_at, lora.b_at + lora.b.shape[0]! * lora.b.shape[1]!] : []));
  return 4 * (Math.max(...ends) - Math.min(...ends)) <= DEFAULT_CAPABILITIES.maxStorageBufferBindingSize;
}
