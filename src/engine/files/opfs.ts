/**
 * A ByteStore in the browser's origin-private file system. Worker only: synchronous access handles are the one way there to write in place and
 * to flush. Nothing here is atomic; see generations.ts.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { formatBytes } from '../../lib/format.ts';
import { type ByteStore, type Pieces, piecesOf } from './byte-store.ts';
import type { Bytes } from './source.ts';

/** `folder` is one name below the origin's root; it is made when missing. */
export async function openOpfsStore(folder: string): Promise<ByteStore> {
  const root = await navigator.storage.getDirectory();
  const directory = await root.getDirectoryHandle(folder, { create: true });
  return {
    list: async () => {
      const names: string[] = [];
      for await (const name of directory.keys()) names.push(name);
      return names;
    },
    get: async (name, range) => {
      try {
        const file = await (await directory.getFileHandle(name)).getFile();
        const wanted = range ? file.slice(range.offset, range.offset + range.bytes) : file;
        return new Uint8Array(await wanted.arrayBuffer());
      } catch (error) {
        if (isNamed(error, 'NotFoundError')) return null;
        throw explain(error, name);
      }
    },
    size: async (name) => {
      try {
        return (await (await directory.getFileHandle(name)).getFile()).size;
      } catch (error) {
        if (isNamed(error, 'NotFoundError')) return 0;
        throw explain(error, name);
      }
    },
    put: async (name, data) => {
      const pieces = piecesOf(data);
      try {
        await writeFlushed(await directory.getFileHandle(name, { create: true }), pieces);
      } catch (error) {
        throw explain(error, name, pieces.bytes);
      }
    },
    delete: async (name) => {
      try {
        await directory.removeEntry(name);
      } catch (error) {
        if (!isNamed(error, 'NotFoundError')) throw explain(error, name);
      }
    },
  };
}

async function writeFlushed(file: FileSystemFileHandle, { pieces }: Pieces): Promise<void> {
  const access = await file.createSyncAccessHandle();
  try {
    access.truncate(0);
    let at = 0;
    for await (const piece of pieces) {
      writeWhole(access, piece, at);
      at += piece.byteLength;
    }
    access.flush();
  } finally {
    access.close();
  }
}

function writeWhole(access: FileSystemSyncAccessHandle, bytes: Bytes, offset: number): void {
  for (let done = 0; done < bytes.byteLength; ) {
    const written = access.write(bytes.subarray(done), { at: offset + done });
    if (written === 0) throw new DOMException('The quota is used up.', 'QuotaExceededError');
    done += written;
  }
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

function explain(error: unknown, name: string, bytes?: number): MotherTongueError {
  if (error instanceof MotherTongueError) return error;
  if (isNamed(error, 'QuotaExceededError')) {
    return new MotherTongueError(
      'FileError',
      `The browser's storage is full: ${name}${bytes === undefined ? '' : ` (${formatBytes(bytes)})`} could not be written; delete cached models or free disk space.`,
    );
  }
  if (isNamed(error, 'NoModificationAllowedError')) {
    return new MotherTongueError('FileError', `${name} is in use by another tab of Mother Tongue; close that tab.`);
  }
  return new MotherTongueError(
    'FileError',
    `The browser's storage refused ${name} (${error instanceof Error ? error.message : String(error)}); reload the page.`,
  );
}
