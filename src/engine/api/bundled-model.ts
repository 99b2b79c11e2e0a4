/** The bundled model that is open as a folder to take along, so that Python can load what an adapter trained on it names as its base. */
import { zipSync } from 'fflate';
import type { ExportBundle } from '../../protocol/engine.ts';
import { BUNDLED_MODELS } from '../../protocol/model.ts';
import type { Bytes } from '../files/source.ts';
import type { EngineState } from './engine-state.ts';
import { BUNDLED_FILES, fetchBundled } from './model.ts';

export async function exportBundledModel(engine: EngineState): Promise<ExportBundle> {
  return engine.task('adapter', 'Packing the bundled model', 'bytes', async (signal) => {
    const { source } = engine;
    const { folder, path } = BUNDLED_MODELS[(source?.kind === 'bundled' && source.model) || 'mini'];
    const files: Record<string, Bytes> = {};
    for (const name of ['README.md', ...BUNDLED_FILES]) files[`${folder}/${name}`] = await fetchBundled(path + name, signal);
    return { name: `${folder}.zip`, bytes: zipSync(files, { level: 1 }) as Bytes };
  });
}
