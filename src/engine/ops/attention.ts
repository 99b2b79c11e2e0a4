/**
 * Causal attention over a packed stream of documents, flash-style, with a sliding window, shared key/value heads and learned sinks.
 * Source: transformers GptOssAttention; the online softmax is that of FlashAttention (https://arxiv.org/abs/2205.14135).
 *
 * Key j is visible to query i iff max(doc_start[i], i - window + 1) <= j <= i. The bounds are stream indices and never fall along the
 * stream; padding at the end is best a document per token. Sinks are frozen: they get no gradient. `lse` serves the backward alone.
 */
import type { Kernel } from '../gpu/kernel.ts';
import { type Capabilities, grid, type Launch, type Op } from '../graph/op.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { attentionBackwardDelta, attentionBackwardKey, attentionBackwardQuery, attentionForward } from '../kernels/attention.ts';

export type AttentionAttrs = {
  readonly heads: number;
  readonly kv_heads: number;
  readonly head_dim: number;
  /** Keys a query sees, itself included; null: all of its document. */
  readonly window: number | null;
  /** Multiplies q.k; not the sink. */
  readonly scale: number;
};

export type AttentionInputs = {
  /** [T, H*D] */ readonly q: Tensor;
  /** [T, G*D] */ readonly k: Tensor;
  /** [T, G*D] */ readonly v: Tensor;
  /** [H] */ readonly sinks?: Tensor;
  /** [T] u32: stream index of the first token of this token's document. */ readonly doc_start: Tensor;
  /** [T] u32: one past its last token. */ readonly doc_end: Tensor;
};

/** The attributes as parameters of the kernels; throws where they support no such heads. */
export function headParams({ heads, kv_heads, head_dim, window, scale }: AttentionAttrs) {
  if (head_dim % 4 !== 0 || head_dim > 256) throw new Error(`attention: head_dim is ${head_dim}; it must be a multiple of 4, at most 256.`);
  if (heads % kv_heads !== 0) throw new Error(`attention: ${heads} query heads do not share ${kv_heads} key/value heads evenly.`);
  return { heads_per_kv: heads / kv_heads, quads: head_dim / 4, window: window ?? 0x7fffffff, scale };
}

function check({ q, k, v, sinks, doc_start, doc_end }: AttentionInputs, attrs: AttentionAttrs): void {
  headParams(attrs);
  const tokens = q.shape[0]!;
  const wanted: [string, Tensor | undefined, number[]][] = [
    ['q', q, [tokens, attrs.heads * attrs.head_dim]],
    ['k', k, [tokens, attrs.kv_heads * attrs.head_dim]],
    ['v', v, [tokens, attrs.kv_heads * attrs.head_dim]],
    ['sinks', sinks, [attrs.heads]],
    ['doc_start', doc_start, [tokens]],
    ['doc_end', doc_end, [tokens]],
  ];
  for (const [name, t, shape] of wanted) {
    if (t && t.shape.join() !== shape.join()) throw new Error(`attention: ${name} is [${t.shape}]; it must be [${shape}].`);
  }
}

/**
 * Of one product of the size of q k^T, if the stream is one document: twice its multiply-adds, for these kernels run at half a matrix product's speed
 * with heads of 64; longer heads score again for every 32 columns.
 */
function scoreCost({ q }: AttentionInputs, { heads, head_dim, window }: AttentionAttrs): number {
  const tokens = q.shape[0]!;
  const again = Math.max(1, (1 + head_dim / 32) / 3);
  return 2 * again * tokens * Math.min(window ?? tokens, tokens / 2) * heads * head_dim;
}

function params({ q }: AttentionInputs, attrs: AttentionAttrs) {
  return { tokens: q.shape[0]!, kv_heads: attrs.kv_heads, ...headParams(attrs) };
}

/** An invocation works on 4 of `rows` rows (or keys) of one key/value head and on 32 columns. */
function dispatch(kernel: Kernel, rows: number, { kv_heads, head_dim }: AttentionAttrs, device: Capabilities): [number, number, number] {
  return grid(Math.ceil(rows / 4) * kv_heads * Math.ceil(head_dim / 32), kernel, device);
}

export const attentionOp: Op<AttentionInputs, { y: Tensor; lse: Tensor }, AttentionAttrs> = {
  name: 'attention',
  infer: (inputs, attrs) => {
    check(inputs, attrs);
    return { y: { shape: inputs.q.shape, dtype: 'f32' }, lse: { shape: [inputs.q.shape[0]!, attrs.heads], dtype: 'f32' } };
  },
  lower: ({ inputs, outputs, attrs }, device) => {
    const { q, k, v, sinks, doc_start } = inputs;
    return [
      {
        kernel: attentionForward,
        bind: { q, k, v, sinks: sinks ?? q, doc_start, ...outputs },
        params: { ...params(inputs, attrs), sinks: sinks ? 1 : 0 },
        workgroups: dispatch(attentionForward, (q.shape[0]! * attrs.heads) / attrs.kv_heads, attrs, device),
        cost: 2 * scoreCost(inputs, attrs),
      },
    ];
  },
  vjp: (trace: Trace, { inputs, outputs, attrs }, { y: dy }) => {
    if (!dy) return {};
    const { dq, dk, dv } = trace.emit(attentionGradient, { ...inputs, ...outputs, dy }, attrs);
    return { q: dq, k: dk, v: dv };
  },
};

type GradientInputs = AttentionInputs & { readonly y: Tensor; readonly lse: Tensor; readonly dy: Tensor };
type GradientOutputs = { dq: Tensor; dk: Tensor; dv: Tensor /** [T, H, 2], workspace: lse and dy.y of every row. */; stats: Tensor };

export const attentionGradient: Op<GradientInputs, GradientOutputs, AttentionAttrs> = {
  name: 'attention-gradient',
  infer: ({ q, k, v }, { heads }) => ({
    dq: { shape: q.shape, dtype: 'f32' },
    dk: { shape: k.shape, dtype: 'f32' },
    dv: { shape: v.shape, dtype: 'f32' },
    stats: { shape: [q.shape[0]!, heads, 2], dtype: 'f32' },
  }),
  lower: ({ inputs, outputs, attrs }, device) => {
    const { q, k, v, doc_start, doc_end, y, lse, dy } = inputs;
    const { dq, dk, dv, stats } = outputs;
    const tokens = q.shape[0]!;
    const cost = scoreCost(inputs, attrs);
    const delta: Launch = {
      kernel: attentionBackwardDelta,
      bind: { y, dy, lse, stats },
      params: { rows: tokens * attrs.heads, quads: attrs.head_dim / 4 },
      workgroups: grid(tokens * attrs.heads, attentionBackwardDelta, device),
      cost: 8 * tokens * attrs.heads * attrs.head_dim,
    };
    const query: Launch = {
      kernel: attentionBackwardQuery,
      bind: { q, k, v, doc_start, stats, dy, dq },
      params: params(inputs, attrs),
      workgroups: dispatch(attentionBackwardQuery, (tokens * attrs.heads) / attrs.kv_heads, attrs, device),
      cost: 3 * cost,
    };
    const key: Launch = {
      kernel: attentionBackwardKey,
      bind: { q, k, v, doc_end, stats, dy, dk, dv },
      params: params(inputs, attrs),
      workgroups: dispatch(attentionBackwardKey, tokens, attrs, device),
      cost: 4 * cost,
    };
    return [delta, query, key];
  },
};

/** [T, H*D] from queries, keys and values that are rotated already. */
export function attention(trace: Trace, inputs: AttentionInputs, attrs: AttentionAttrs): Tensor {
  return trace.emit(attentionOp, inputs, attrs).y;
}
