/**
 * What a forward runs on: a stream of T tokens, and how a layer attends. A packed stream holds several documents one after another, each with
 * positions of its own, and no token sees another document; there is no batch dimension and no padding inside.
 */
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { type AttentionAttrs, attention } from '../ops/attention.ts';
import { projectQkv, type Qkv, type QkvLayers } from '../ops/project-qkv.ts';
import type { Balance } from '../ops/router-balance.ts';
import { type Rotary, ropeName, ropeShape } from './rope.ts';
import { type DeviceWeights, EMBEDDING } from './weights.ts';

interface Model {
  readonly config: Rotary & { readonly hidden_size: number };
  readonly weights: DeviceWeights;
}

export interface Stream {
  /** [T] u32; absent where the embedding table stays off the GPU. */
  readonly ids?: Tensor;
  /** [T, C] f32: the table's rows in their place, looked up by the host and scaled as the config says. */
  readonly embedded?: Tensor;
  /** Where routers add to the load-balancing loss, when it is on. */
  readonly balance?: Balance;
}

/** How a layer attends: sizes, window and scale, and the rotary table that it rotates by (a name of `config.ropes`; null: it does not rotate). */
export type LayerAttention = AttentionAttrs & { readonly rope: string | null };

/** A layer's input x [T, C] through its norm, its projections and attention to [T, H*D]. */
export type Attend = (layer: number, x: Tensor, layers: QkvLayers, attention: LayerAttention) => Tensor;

/** What a stream of `tokens` begins with: ids, or rows of the embedding table where that is not on the GPU. `session.writeIds` fills either. */
export function beginning(trace: Trace, { config, weights }: Model, tokens: number, prefix: string): Pick<Stream, 'ids' | 'embedded'> {
  if (weights.has(EMBEDDING)) return { ids: trace.input(`${prefix}ids`, [tokens], 'u32') };
  return { embedded: trace.input(`${prefix}embedded`, [tokens, config.hidden_size]) };
}

/**
 * The inputs of a packed stream, named as batch/pack.ts names them. `prefix` keeps programs of one store apart, but for what streams begin with, which
 * may be one buffer for all of them (`begins`, by default the prefix). `onQkv` sees every layer's.
 */
export function packedStream(
  trace: Trace,
  model: Model,
  tokens: number,
  prefix: string,
  { begins = prefix, onQkv }: { begins?: string; onQkv?: (layer: number, qkv: Qkv) => void } = {},
): { stream: Stream; attend: Attend } {
  const input = (name: string): Tensor => trace.input(`${prefix}${name}`, [tokens], 'u32');
  const doc_start = input('doc_start');
  const doc_end = input('doc_end');
  const positions = input('positions');
  const attend: Attend = (layer, x, layers, { rope, ...attrs }) => {
    const angles = rope === null ? null : { table: ropeTable(trace, model, rope), positions };
    const qkv = projectQkv(trace, x, layers, angles, attrs);
    onQkv?.(layer, qkv);
    return attention(trace, { ...qkv, doc_start, doc_end }, attrs);
  };
  return { stream: beginning(trace, model, tokens, begins), attend };
}

/** [P, D/2, 2] f32: cos and sin by position, times the attention scaling. */
export function ropeTable(trace: Trace, { config }: Pick<Model, 'config'>, rope: string): Tensor {
  return trace.weight(ropeName(rope), ropeShape(config), 'f32');
}
