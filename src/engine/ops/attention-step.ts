/**
 * Attention of one new token per row: rotates its queries and key, writes key and value into the cache, and attends over the cache. No gradient.
 * A long cache is split into spans that run side by side, and a second launch joins them in order. One that is short, or seen through a window, needs
 * one launch.
 */
import { grid, type Launch, type Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { attentionStepKernels, attentionStepMerge } from '../kernels/attention.ts';
import { type AttentionAttrs, headParams } from './attention.ts';
import { attentionStepVariant } from './variants.ts';

export type StepInputs = {
  /** [B, (H + 2G)*D]: queries, keys and values, neither normed nor rotated. */
  readonly qkv: Tensor;
  /** [P', D/2, 2] f32, as for `rope`; absent: nothing is rotated. */
  readonly table?: Tensor;
  /** [H]; not beside norms. */
  readonly sinks?: Tensor;
  /** [D] each, both or none. */
  readonly q_norm?: Tensor;
  readonly k_norm?: Tensor;
  /**
   * [B, 4] u32: tokens of the row, the new one included, which stands at the last position (0: the row rests and its y is 0); the cache line of the
   * first key of a prompt that rows share, and how many keys it has (0: none is shared); the line of the row's own first key.
   */
  readonly places: Tensor;
};
/** [lines, G*D] each. */
export type Caches = { readonly k_cache: Tensor; readonly v_cache: Tensor };
type Outputs = Caches & { readonly y: Tensor; readonly partial?: Tensor };
type Attrs = AttentionAttrs & {
  /** Most tokens of a row. */
  readonly capacity: number;
  readonly lines: number;
  /** Of the norms. */
  readonly eps?: number;
};

/** Values of the queries that a workgroup holds, of four heads counted once. */
const MOST_VALUES = 256;

/** The query heads of a key head, and how many of them go to one workgroup. */
function groupsOf({ heads, kv_heads, head_dim }: AttentionAttrs): { groups: number; group_heads: number } {
  const group_heads = Math.min(heads / kv_heads, 4 * Math.floor(MOST_VALUES / head_dim));
  return { groups: Math.ceil(heads / kv_heads / group_heads), group_heads };
}

/** Lanes of a workgroup: as many as two warps, or one where heads are small; each further lane must be worth its part of the barriers. */
function lanesOf(attrs: Attrs): number {
  return Math.ceil(groupsOf(attrs).group_heads / 4) * (attrs.head_dim / 4) <= 16 ? 32 : 64;
}

/** Visible keys up to which there is one span, and the length of a span where there are more. */
const ONE_SPAN = 512;
const SPAN = 256;

function spansOf({ window, capacity }: Attrs): number {
  const visible = Math.min(window ?? capacity, capacity);
  return visible <= ONE_SPAN ? 1 : Math.ceil(visible / SPAN);
}

export const attentionStepOp: Op<StepInputs, Outputs, Attrs> = {
  name: 'attention-step',
  infer: ({ qkv, table, sinks, q_norm, k_norm }, attrs) => {
    const { heads, kv_heads, head_dim, lines } = attrs;
    headParams(attrs);
    const rows = qkv.shape[0]!;
    if (qkv.shape[1] !== (heads + 2 * kv_heads) * head_dim || (table && table.shape[1] !== head_dim / 2)) {
      throw new Error(
        `attention-step: [${qkv.shape}] or a table [${table?.shape}] do not fit ${heads} and ${kv_heads} heads of ${head_dim}.`,
      );
    }
    if (!q_norm !== !k_norm || (q_norm && sinks)) throw new Error('attention-step: norms go on queries and keys, and not beside sinks.');
    const cache = { shape: [lines, kv_heads * head_dim], dtype: 'f32' } as const;
    const spans = spansOf(attrs);
    return {
      y: { shape: [rows, heads * head_dim], dtype: 'f32' },
      k_cache: cache,
      v_cache: cache,
      ...(spans > 1 && { partial: { shape: [rows, spans, heads, head_dim + 4], dtype: 'f32' } as const }),
    };
  },
  lower: ({ inputs, outputs, attrs }, device): Launch[] => {
    const { y, partial, ...caches } = outputs;
    const { heads, kv_heads, head_dim, capacity, window, scale, eps = 0 } = attrs;
    const { qkv, table, q_norm, k_norm, places } = inputs;
    const rows = qkv.shape[0]!;
    const sinks = inputs.sinks ?? qkv;
    const spans = spansOf(attrs);
    const quads = head_dim / 4;
    const has = { sinks: inputs.sinks ? 1 : 0 };
    const variant = attentionStepVariant(rows, heads, head_dim, spans);
    const kernel = attentionStepKernels[variant][q_norm ? 'norms' : 'sinks'];
    const bind = { qkv, table: table ?? qkv, places, ...(q_norm && k_norm ? { q_norm, k_norm } : { sinks }), ...caches, y: partial ?? y };
    const params = { heads, kv_heads, quads, capacity, window: window ?? capacity, scale, ...has, rotary: table ? 1 : 0, eps };
    const cost = 2 * rows * Math.min(window ?? capacity, capacity) * heads * head_dim;
    if (variant === 'narrow') {
      const together = (heads / kv_heads) % 2 === 0 ? 2 : 1;
      const workgroups = grid((rows * heads) / together, kernel, device);
      return [{ kernel, bind, params: { rows, ...params }, overrides: { HEADS: together }, workgroups, cost }];
    }
    const { groups, group_heads } = groupsOf(attrs);
    const step: Launch = {
      kernel,
      bind,
      params: { ...params, span: SPAN, spans, groups, group_heads },
      overrides: { SIZE: lanesOf(attrs) },
      workgroups: [spans, kv_heads * groups, rows],
      cost,
    };
    if (!partial) return [step];
    return [
      step,
      {
        kernel: attentionStepMerge,
        bind: { partial, sinks, y },
        params: { rows, heads, quads, spans, ...has },
        workgroups: grid(elements(y.shape) / 4, attentionStepMerge, device),
        cost: elements(partial.shape),
      },
    ];
  },
};

/** [B, H*D]; `caches` get the new token. */
export function attentionStep(trace: Trace, inputs: StepInputs, caches: Caches, attrs: Omit<Attrs, 'lines'>): Tensor {
  return trace.emit(attentionStepOp, inputs, { ...attrs, lines: caches.k_cache.shape[0]! }, caches).y;
}
