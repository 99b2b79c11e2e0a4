/**
 * Directories of a disk, for Node: the same `Directory` that the page makes of picked files. Files are opened per range, so that no handle
 * outlives a read.
 */
import { readdirSync, type Stats, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { createDirectory, type Directory } from '../engine/files/source.ts';
import { MotherTongueError } from '../lib/errors.ts';
import { ggufSentence } from '../lib/gguf.ts';

/** Every regular file under `path`, links followed, hidden files left out. */
export function nodeDirectory(path: string): Directory {
  let names: string[];
  try {
    names = readdirSync(path, { recursive: true, encoding: 'utf8' });
  } catch (error) {
    const said = ggufSentence([path]) ?? `${path} is not a folder that can be read (${(error as Error).message}).`;
    throw new MotherTongueError('FileError', said);
  }
  const files = names
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => !name.split('/').some((part) => part.startsWith('.')))
    .map((name) => ({ name, stat: statSync(join(path, name), { throwIfNoEntry: false }) }))
    .filter((file): file is { name: string; stat: Stats } => file.stat?.isFile() === true);
  return createDirectory(
    path,
    files.map(({ name, stat }) => ({
      path: name,
      size: stat.size,
      readRange: (offset, length) => readRange(join(path, name), offset, length),
    })),
  );
}

async function readRange(path: string, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const handle = await open(path, 'r');
  try {
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  } finally {
    await handle.close();
  }
}
