/** A model on the GPU: what training, asking and the headless verbs start from. */

import type { Directory } from '../files/source.ts';
import type { Gpu } from '../gpu/device.ts';
import { Store } from '../gpu/store.ts';
import { type Capabilities, DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { calibrate } from '../ops/calibrate.ts';
import { type ModelFiles, openModelFiles } from './files.ts';
import { type LoadedModel, type LoadOptions, loadWeights } from './load.ts';

export interface Session extends LoadedModel {
  readonly name: string;
  readonly store: Store;
  readonly capabilities: Capabilities;
}

/** `less`: plan for less than the device allows. */
export async function openSession(gpu: Gpu, directory: Directory, options: LoadOptions = {}, less?: Capabilities): Promise<Session> {
  return loadSession(gpu, await openModelFiles(directory), options, less);
}

/** The same from files that are open. */
export async function loadSession(gpu: Gpu, files: ModelFiles, options: LoadOptions = {}, less?: Capabilities): Promise<Session> {
  const store = new Store(gpu);
  await calibrate(gpu);
  const capabilities = less ?? capabilitiesOf(gpu);
  const loaded = await loadWeights(store, files, capabilities, options);
  return { ...loaded, name: files.checkpoint.name, store, capabilities };
}

/** Writes the ids [T] that a stream begins with under its prefix, or the rows of the table that they name (see Stream). */
export async function writeIds({ store, table }: Pick<Session, 'store' | 'table'>, prefix: string, ids: Uint32Array): Promise<void> {
  if (table) store.write(`${prefix}embedded`, await table.rows(ids));
  else store.write(`${prefix}ids`, ids);
}

export function capabilitiesOf(gpu: Gpu): Capabilities {
  const { limits, features } = gpu.device;
  const { maxLaunchCost: _, ...defaults } = DEFAULT_CAPABILITIES;
  const capabilities: Record<string, number | boolean> = { f16: features.has('shader-f16'), subgroups: features.has('subgroups') };
  for (const [name, value] of Object.entries(defaults)) {
    if (typeof value === 'number') capabilities[name] = limits[name as keyof GPUSupportedLimits] as number;
  }
  return { ...capabilities, maxLaunchCost: gpu.pace.launchCost } as unknown as Capabilities; // same keys as DEFAULT_CAPABILITIES, filled above
}
