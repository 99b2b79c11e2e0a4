/** Memory of a model's weights before anything is allocated. */
import { byteLength } from '../graph/tensor.ts';
import type { BaseConfig } from './family.ts';
import { ropeBytes } from './rope.ts';
import { type DeviceWeights, HEAD } from './weights.ts';

/** What loading puts on the GPU. */
export function weightBytes(config: BaseConfig, weights: DeviceWeights): number {
  const tied = config.tie_word_embeddings;
  const bytes = [...weights].reduce((n, [name, r]) => n + (tied && name === HEAD ? 0 : byteLength(r)), 0);
  return bytes + ropeBytes(config);
}
