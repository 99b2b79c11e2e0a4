/** A model on the GPU: what training, asking and the headless verbs start from. */

import { openCheckpoint } from '../files/safetensors-read.ts';
import type { Directory } from '../files/source.ts';
import type { Gpu } from '../gpu/device.ts';
import { Store } from '../gpu/store.ts';
import { type Capabilities, DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { readModelConfig } from './config.ts';
import { type LoadedModel, type LoadOptions, loadWeights } from './load.ts';

export interface Session extends LoadedModel {
  readonly name: string;
  readonly store: Store;
  readonly capabilities: Capabilities;
}

export async function openSession(gpu: Gpu, directory: Directory, options: LoadOptions = {}): Promise<Session> {
  const config = await readModelConfig(directory);
  const checkpoint = await openCheckpoint(directory);
  const store = new Store(gpu);
  const loaded = await loadWeights(store, checkpoint, config, options);
  return { ...loaded, name: directory.name, store, capabilities: capabilitiesOf(gpu) };
}

export function capabilitiesOf(gpu: Gpu): Capabilities {
  const { limits, features } = gpu.device;
  const capabilities: Record<string, number | boolean> = { f16: features.has('shader-f16'), subgroups: features.has('subgroups') };
  for (const [name, value] of Object.entries(DEFAULT_CAPABILITIES)) {
    if (typeof value === 'number') capabilities[name] = limits[name as keyof GPUSupportedLimits] as number;
  }
  return capabilities as unknown as Capabilities; // same keys as DEFAULT_CAPABILITIES, filled above
}
