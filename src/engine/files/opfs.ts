/**
 * A ByteStore in the browser's origin-private file system. Worker only: synchronous access handles are the one way there to write in place and
 * to flush. Nothing here is atomic; see checkpoint.ts.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { ByteStore } from './byte-store.ts';
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
    get: async (name) => {
      try {
        const file = await (await directory.getFileHandle(name)).getFile();
        return new Uint8Array(await file.arrayBuffer());
      } catch (error) {
        if (isNamed(error, 'NotFoundError')) return null;
        throw explain(error, name);
      }
    },
    put: async (name, bytes) => {
      try {
        await writeFlushed(await directory.getFileHandle(name, { create: true }), bytes);
      } catch (error) {
        throw explain(error, name);
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

async function writeFlushed(file: FileSystemFileHandle, bytes: Bytes): Promise<void> {
  const access = await file.createSyncAccessHandle();
  try {
    access.truncate(0);
    let done = 0;
    while (done < bytes.byteLength) {
      const written = access.write(bytes.subarray(done), { at: done });
      if (written === 0) throw new DOMException('No more room.', 'QuotaExceededError');
      done += written;
    }
    access.flush();
  } finally {
    access.close();
  }
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

function explain(error: unknown, name: string): MotherTongueError {
  if (isNamed(error, 'QuotaExceededError')) {
    return new MotherTongueError('FileError', `The browser's storage is full: ${name} was not saved; delete old runs or free disk space.`);
  }
  if (isNamed(error, 'NoModificationAllowedError')) {
    return new MotherTongueError('FileError', `${name} is in use by another tab of Mother Tongue; close that tab.`);
  }
  return new MotherTongueError(
    'FileError',
    `The browser's storage refused ${name} (${error instanceof Error ? error.message : String(error)}); reload the page.`,
  );
}
