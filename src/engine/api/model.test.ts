/** A file that is not fetched is silently absent: the template was once, and the bundled model was trained under a stranger's name. */
import { readdirSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { BUNDLED_FILES, fetchBundled } from './model.ts';

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
