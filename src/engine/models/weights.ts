/**
 * A model's weights as a forward asks for them, by the checkpoint's own names. The forward never learns how a weight is encoded, nor whether an
 * adapter is attached: adapters wrap this interface (adapters/lora.ts).
 */

import type { DType, Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import type { LinearLayer } from '../ops/linear.ts';

export interface Weights {
  /** A small vector (norm weight, bias, sinks), f32 on the GPU. */
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
export function residentWeights(trace: Trace, residents: DeviceWeights): Weights {
  const find = (name: string): Tensor | undefined => {
    const r = residents.get(name);
    return r && trace.weight(name, r.shape, r.dtype);
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
