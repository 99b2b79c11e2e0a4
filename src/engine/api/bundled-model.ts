/** The bundled model as a folder to take along, so that Python can load what an adapter trained on it names as its base. */
import { zipSync } from 'fflate';
import type { ExportBundle } from '../../protocol/engine.ts';
import { BUNDLED_FOLDER } from '../../protocol/model.ts';
import type { Bytes } from '../files/source.ts';
import type { EngineState } from './engine-state.ts';
import { BUNDLED, BUNDLED_FILES, fetchBundled } from './model.ts';

export async function exportBundledModel(engine: EngineState): Promise<ExportBundle> {
  return engine.task('adapter', 'Packing the bundled model', 'bytes', async (signal) => {
    const files: Record<string, Bytes> = {};
    for (const name of ['README.md', ...BUNDLED_FILES]) files[`${BUNDLED_FOLDER}/${name}`] = await fetchBundled(BUNDLED + name, signal);
    return { name: `${BUNDLED_FOLDER}.zip`, bytes: zipSync(files, { level: 1 }) as Bytes };
  });
}
