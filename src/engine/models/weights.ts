/**
 * A model's weights as a forward reads them, by the checkpoint's own names. A forward does not depend on how a weight is encoded, nor on whether an
 * adapter is attached: adapters wrap this interface (adapters/lora.ts).
 */

import type { DType, Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import type { LinearLayer } from '../ops/linear.ts';

/** The embedding table and the head, whose names all families share; the head of a tied model is the table. */
export const EMBEDDING = 'model.embed_tokens.weight';
export const HEAD = 'lm_head.weight';

export interface Weights {
  /** A small vector (norm weight, bias, sinks), f32 on the GPU; also the embedding table, by its rows. */
  vector(name: string): Tensor;
  /** `{path}.weight` [N, K], `{path}.bias` where the checkpoint has one, and the adapter's branch where there is one. */
  linear(path: string): LinearLayer;
  /** The same for one matrix per expert: `{path}` or `{path}_blocks` and `_scales` [E, N, K], `{path}_bias` [E, N]. */
  experts(path: string): LinearLayer;
}

/** What the GPU holds under a name. */
export interface DeviceWeight {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

export type DeviceWeights = ReadonlyMap<string, DeviceWeight>;

/** Weights over what the loader put on the GPU. */
export function loadedWeights(trace: Trace, held: DeviceWeights): Weights {
  const find = (name: string): Tensor | undefined => {
    const weight = held.get(name);
    return weight && trace.weight(name, weight.shape, weight.dtype);
  };
  const need = (name: string): Tensor => {
    const t = find(name);
    if (!t) throw new Error(`The model has no weight ${name}.`);
    return t;
  };
  const layer = (weight: Tensor, scales: Tensor | undefined, bias: Tensor | undefined): LinearLayer => ({
    weight,
    ...(scales && { scales }),
    ...(bias && { bias }),
  });
  return {
    vector: need,
    linear: (path) => layer(need(`${path}.weight`), undefined, find(`${path}.bias`)),
    experts: (path) => {
      const blocks = find(`${path}_blocks`);
      const bias = find(`${path}_bias`);
      return blocks ? layer(blocks, need(`${path}_scales`), bias) : layer(need(path), undefined, bias);
    },
  };
}
