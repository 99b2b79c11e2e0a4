/**
 * Attention of one new token per row: rotates its queries and key, writes key and value into the cache, and attends over the cache. No gradient.
 * A long cache is split into spans that run side by side, and a second launch joins them in order. One that is short, or seen through a window, needs
 * one launch.
 */
import { grid, type Launch, type Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { attentionStepForward, attentionStepMerge } from '../kernels/attention.ts';
import { type AttentionAttrs, headParams } from './attention.ts';

export type StepInputs = {
  /** [B, (H + 2G)*D]: queries, keys and values, not rotated. */
  readonly qkv: Tensor;
  /** [P', D/2, 2] f32, as for `rope`. */
  readonly table: Tensor;
  /** [H] */
  readonly sinks?: Tensor;
  /** [B] u32: tokens in the cache, the new one included, which stands at lengths - 1; 0 for a row that rests, whose y is 0. */
  readonly lengths: Tensor;
};
/** [B, P, G*D] each. */
export type Caches = { readonly k_cache: Tensor; readonly v_cache: Tensor };
type Outputs = Caches & { readonly y: Tensor; readonly partial?: Tensor };
type Attrs = AttentionAttrs & { readonly capacity: number };

/** Lanes of a workgroup: as many as two warps, or one where heads are small; each further lane must be worth its part of the barriers. */
function lanesOf({ heads, kv_heads, head_dim }: Attrs): number {
  return Math.ceil(heads / kv_heads / 4) * (head_dim / 4) <= 16 ? 32 : 64;
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
  infer: ({ qkv, table }, attrs) => {
    const { heads, kv_heads, head_dim, capacity } = attrs;
    headParams(attrs);
    const rows = qkv.shape[0]!;
    if (qkv.shape[1] !== (heads + 2 * kv_heads) * head_dim || table.shape[1] !== head_dim / 2) {
      throw new Error(
        `attention-step: [${qkv.shape}] or a table [${table.shape}] do not fit ${heads} and ${kv_heads} heads of ${head_dim}.`,
      );
    }
    if (Math.ceil(heads / kv_heads / 4) * head_dim > 256) {
      throw new Error(`attention-step: ${heads / kv_heads} heads of ${head_dim} that share keys are not supported.`);
    }
    const cache = { shape: [rows, capacity, kv_heads * head_dim], dtype: 'f32' } as const;
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
    const { heads, kv_heads, head_dim, capacity, window, scale } = attrs;
    const rows = inputs.qkv.shape[0]!;
    const sinks = inputs.sinks ?? inputs.qkv;
    const spans = spansOf(attrs);
    const quads = head_dim / 4;
    const has = { sinks: inputs.sinks ? 1 : 0 };
    const step: Launch = {
      kernel: attentionStepForward,
      bind: { ...inputs, sinks, ...caches, y: partial ?? y },
      params: { heads, kv_heads, quads, capacity, window: window ?? capacity, span: SPAN, spans, scale, ...has },
      overrides: { SIZE: lanesOf(attrs) },
      workgroups: [spans, kv_heads, rows],
      cost: 2 * rows * Math.min(window ?? capacity, capacity) * heads * head_dim,
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
export function attentionStep(trace: Trace, inputs: StepInputs, caches: Caches, attrs: AttentionAttrs): Tensor {
  return trace.emit(attentionStepOp, inputs, { ...attrs, capacity: caches.k_cache.shape[1]! }, caches).y;
}
