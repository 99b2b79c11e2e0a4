/** A ByteStore in a folder of the disk: each file is written beside its place, flushed, and moved there. */
import { mkdirSync } from 'node:fs';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteStore } from '../engine/files/byte-store.ts';

export function nodeStore(folder: string): ByteStore {
  mkdirSync(folder, { recursive: true });
  return {
    list: async () => (await readdir(folder)).filter((name) => !name.endsWith('.part')),
    get: async (name) => {
      try {
        return new Uint8Array(await readFile(join(folder, name)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
    },
    put: async (name, bytes) => {
      const part = join(folder, `${name}.part`);
      const handle = await open(part, 'w');
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(part, join(folder, name));
    },
    delete: (name) => rm(join(folder, name), { force: true }),
  };
}
