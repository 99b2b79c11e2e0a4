/** A file that is not fetched is silently absent: the template was once, and the bundled model was trained under a stranger's name. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { memoryStore } from '../files/byte-store.ts';
import type { Gpu } from '../gpu/device.ts';
import { EngineState } from './engine-state.ts';
import type { LiveTraces } from './live-traces.ts';
import { BUNDLED_FILES, fetchBundled, loadModel } from './model.ts';

it('fetches every file of the bundled model', () => {
  const files = readdirSync(new URL('../../../public/models/mini', import.meta.url)).filter((name) => name !== 'README.md');
  expect([...BUNDLED_FILES].sort()).toEqual(files.sort());
});

it('a server that is gone is named with the file', async () => {
  vi.stubGlobal('self', { location: { href: 'http://localhost/assets/worker.js' } });
  const fetching = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('Failed to fetch'));
  await expect(fetchBundled('models/mini/config.json')).rejects.toThrow(/config\.json could not be fetched; check that the server/);
  const control = new AbortController();
  control.abort();
  await expect(fetchBundled('models/mini/config.json', control.signal)).rejects.toMatchObject({ name: 'Cancelled' });
  fetching.mockRestore();
  vi.unstubAllGlobals();
});

/** Red before: it took the place of the model that was answering, whose memory was freed under its hands. */
it('a model whose files are there when traces are being made by another waits for their end', async () => {
  vi.stubGlobal('self', { location: { href: 'http://localhost/assets/worker.js' } });
  const engine = new EngineState({ files: memoryStore() });
  engine.gpu = {} as Gpu; // it is not reached
  const fetching = vi.spyOn(globalThis, 'fetch').mockImplementation(async (address) => {
    engine.making = {} as LiveTraces; // only whether there is one
    const path = new URL(String(address)).pathname.replace(/^.*models/, 'models');
    return new Response(readFileSync(new URL(`../../../public/${path}`, import.meta.url)));
  });
  await expect(loadModel(engine, { kind: 'bundled' })).rejects.toThrow('Traces are being made; pause that before loading another model.');
  expect(fetching).toHaveBeenCalled();
  fetching.mockRestore();
  vi.unstubAllGlobals();
});
