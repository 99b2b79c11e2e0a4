/** A ByteStore in a folder of the disk: each file is written beside its place, flushed, and moved there. */
import { mkdirSync } from 'node:fs';
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ByteRange, type ByteStore, piecesOf } from '../engine/files/byte-store.ts';
import type { Bytes } from '../engine/files/source.ts';

export function nodeStore(folder: string): ByteStore {
  mkdirSync(folder, { recursive: true });
  return {
    list: async () => (await readdir(folder)).filter((name) => !name.endsWith('.part')),
    get: async (name, range) => {
      try {
        return range ? await readRange(join(folder, name), range) : new Uint8Array(await readFile(join(folder, name)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
    },
    size: async (name) => (await stat(join(folder, name)).catch(() => null))?.size ?? 0,
    put: async (name, data) => {
      const part = join(folder, `${name}.part`);
      const handle = await open(part, 'w');
      try {
        for await (const piece of piecesOf(data).pieces) await handle.writeFile(piece);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(part, join(folder, name));
    },
    delete: (name) => rm(join(folder, name), { force: true }),
  };
}

async function readRange(path: string, { offset, bytes }: ByteRange): Promise<Bytes> {
  const handle = await open(path, 'r');
  try {
    const buffer = new Uint8Array(bytes);
    const { bytesRead } = await handle.read(buffer, 0, bytes, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
