/**
 * gpt-oss-20b's own widths in few layers with few vocabulary rows, made straight on the GPU: hidden 2880, 64 query and 8 key/value heads, 32 experts
 * in MXFP4, four a token. Weights are those of a synthetic checkpoint (../synthetic), computed when they are read.
 */
import { readFileSync } from 'node:fs';
import { decodeFloats } from '../../src/engine/files/dtypes.ts';
import type { ModelCheckpoint } from '../../src/engine/files/safetensors-read.ts';
import type { Gpu } from '../../src/engine/gpu/device.ts';
import { Store } from '../../src/engine/gpu/store.ts';
import { gptOss } from '../../src/engine/models/gpt-oss.ts';
import { loadWeights } from '../../src/engine/models/load.ts';
import { capabilitiesOf, type Session } from '../../src/engine/models/session.ts';
import { checkTensors } from '../../src/engine/models/tensors.ts';
import { calibrate } from '../../src/engine/ops/calibrate.ts';
import type { Json } from '../../src/headless/json-files.ts';
import { publishedConfig } from '../synthetic/folder.ts';
import { syntheticTensors } from '../synthetic/layout.ts';
import { TensorBytes } from '../synthetic/tensor-bytes.ts';

export async function openTrueWidth(
  gpu: Gpu,
  layer_types: readonly ('sliding_attention' | 'full_attention')[],
  vocabulary: number,
): Promise<Session> {
  const name = `${layer_types.length} layers of gpt-oss-20b`;
  const published = JSON.parse(readFileSync(publishedConfig(), 'utf8')) as Json;
  const config = gptOss.parse({ ...published, num_hidden_layers: layer_types.length, layer_types, vocab_size: vocabulary }, name);
  await calibrate(gpu);
  const capabilities = capabilitiesOf(gpu);
  const store = new Store(gpu);
  const tensors = new Map(syntheticTensors(config).map((tensor) => [tensor.name, { ...tensor, file: name, offset: 0 }]));
  const read: ModelCheckpoint['read'] = async (tensor, start = 0, length = tensors.get(tensor)!.bytes - start) =>
    new TensorBytes(tensors.get(tensor)!, 1).read(start, length);
  const readFloats: ModelCheckpoint['readFloats'] = async (tensor) => decodeFloats(tensor, 'BF16', await read(tensor));
  const checkpoint: ModelCheckpoint = { name, tensors, metadata: {}, read, readFloats };
  const files = { config, checkpoint, tensors: checkTensors(config, checkpoint) };
  const loaded = await loadWeights(store, files, capabilities);
  return { ...loaded, name, store, capabilities };
}
