/**
 * What a forward runs on: a stream of T tokens, and how a layer attends. A packed stream holds several documents one after another, each with
 * positions of its own, and no token sees another document; there is no batch dimension and no padding inside.
 */
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { type AttentionAttrs, attention } from '../ops/attention.ts';
import type { Balance } from '../ops/router-balance.ts';
import type { ModelConfig } from './config.ts';
import { ropeShape } from './load.ts';
import type { Residents } from './weights.ts';

interface Model {
  readonly config: ModelConfig;
  readonly residents: Residents;
}

export interface Stream {
  /** [T] u32; absent where the embedding table stays off the GPU. */
  readonly ids?: Tensor;
  /** [T, C] f32: the table's rows in their place, looked up by the host. */
  readonly embedded?: Tensor;
  /** [T] u32, position inside the token's own document. */
  readonly positions: Tensor;
  /** [P, D/2, 2] f32: cos and sin by position, times the attention scaling. */
  readonly rope: Tensor;
  /** Where routers add to the load-balancing loss, when it is on. */
  readonly balance?: Balance;
}

export interface Heads {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly sinks?: Tensor;
}

/** Queries, keys and values of one layer (rotated already) to [T, H*D]. */
export type Attend = (layer: number, heads: Heads, attrs: AttentionAttrs) => Tensor;

/** What a stream of `tokens` begins with: ids, or rows of the embedding table where that is not on the GPU. `session.writeIds` fills either. */
export function beginning(trace: Trace, { config, residents }: Model, tokens: number, prefix: string): Pick<Stream, 'ids' | 'embedded'> {
  if (residents.has('model.embed_tokens.weight')) return { ids: trace.input(`${prefix}ids`, [tokens], 'u32') };
  return { embedded: trace.input(`${prefix}embedded`, [tokens, config.hidden_size]) };
}

/** The inputs of a packed stream, named as batch/pack.ts names them. `prefix` keeps programs of one store apart. */
export function packedStream(trace: Trace, model: Model, tokens: number, prefix: string): { stream: Stream; attend: Attend } {
  const input = (name: string): Tensor => trace.input(`${prefix}${name}`, [tokens], 'u32');
  const doc_start = input('doc_start');
  const doc_end = input('doc_end');
  return {
    stream: {
      ...beginning(trace, model, tokens, prefix),
      positions: input('positions'),
      rope: trace.weight('rope', ropeShape(model.config), 'f32'),
    },
    attend: (_layer, heads, attrs) => attention(trace, { ...heads, doc_start, doc_end }, attrs),
  };
}
