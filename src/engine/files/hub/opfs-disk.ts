/**
 * The Disk in the browser's origin-private file system. Worker only: only sync access handles can write in place and flush.
 * Readers open in mode `read-only` where the browser has it (Chromium), so that two tabs can use one model; elsewhere a file that is open is
 * read through its Blob.
 */
import type { Bytes } from '../source.ts';
import { type Disk, type DiskFile, type DiskFolder, type FreeSpace, isNamed } from './disk.ts';

/** Precision of the free space where it is not enough. */
const STEP = 2 ** 20;

/** TypeScript's library lacks the mode (File System Standard, FileSystemSyncAccessHandleMode as Chromium ships it). */
type OpenSync = (options?: { mode: 'read-only' | 'readwrite' }) => Promise<FileSystemSyncAccessHandle>;

/** `root` is one name below the origin's root. Throws where the browser keeps no files (private windows of some browsers). */
export async function openOpfsDisk(root: string): Promise<Disk> {
  const top = await (await navigator.storage.getDirectory()).getDirectoryHandle(root, { create: true });
  return {
    folders: async () => {
      const names: string[] = [];
      for await (const [name, handle] of top.entries()) if (handle.kind === 'directory') names.push(name);
      return names;
    },
    folder: async (name) => opfsFolder(await top.getDirectoryHandle(name, { create: true })),
    removeFolder: (name) => ignoreMissing(top.removeEntry(name, { recursive: true })),
    freeSpace: (needed) => probeFreeSpace(top, needed),
    lock: requestLock,
  };
}

/**
 * The browser's estimate is not enough: against fingerprinting, Chromium reports at most 10 GiB more than is used (seen with 156), which is less
 * than gpt-oss-20b. So a sparse file of the needed size is created: nothing is written, but it is refused where it exceeds the quota.
 */
async function probeFreeSpace(top: FileSystemDirectoryHandle, needed: number): Promise<FreeSpace> {
  const name = 'room'; // one name, so that a file left by a killed tab is reused and removed here
  const release = await requestLock(name, 'exclusive', 5000);
  const access = await (await top.getFileHandle(name, { create: true })).createSyncAccessHandle();
  try {
    const fits = (bytes: number): boolean => {
      try {
        access.truncate(bytes);
        return true;
      } catch (error) {
        if (isNamed(error, 'QuotaExceededError')) return false;
        throw error;
      }
    };
    const persisted = await navigator.storage.persisted();
    if (fits(needed)) {
      access.truncate(0); // the estimate counts the probe
      const { quota = 0, usage = 0 } = await navigator.storage.estimate();
      return { available: Math.max(needed, quota - usage), persisted };
    }
    let available = 0;
    for (let step = 2 ** Math.floor(Math.log2(needed)); step >= STEP; step /= 2) {
      if (available + step < needed && fits(available + step)) available += step;
    }
    return { available, persisted };
  } finally {
    access.truncate(0); // its size counts until the removal is through
    access.close();
    await top.removeEntry(name);
    release?.();
  }
}

function opfsFolder(directory: FileSystemDirectoryHandle): DiskFolder {
  async function open(name: string, mode: 'write'): Promise<DiskFile>;
  async function open(name: string, mode: 'read'): Promise<DiskFile | null>;
  async function open(name: string, mode: 'read' | 'write'): Promise<DiskFile | null> {
    try {
      const handle = await directory.getFileHandle(name, { create: mode === 'write' });
      const openSync = handle.createSyncAccessHandle.bind(handle) as OpenSync;
      return diskFile(await openSync({ mode: mode === 'write' ? 'readwrite' : 'read-only' }));
    } catch (error) {
      if (mode === 'read' && isNamed(error, 'NotFoundError')) return null;
      throw error;
    }
  }
  return {
    list: async () => {
      const files: { name: string; size: number }[] = [];
      for await (const [name, handle] of directory.entries()) {
        if (handle.kind === 'file') files.push({ name, size: (await (handle as FileSystemFileHandle).getFile()).size });
      }
      return files;
    },
    size: async (name) => {
      try {
        return (await (await directory.getFileHandle(name)).getFile()).size;
      } catch (error) {
        if (isNamed(error, 'NotFoundError')) return null;
        throw error;
      }
    },
    open,
    readSmall: async (name) => {
      try {
        const file = await (await directory.getFileHandle(name)).getFile();
        return new Uint8Array(await file.arrayBuffer());
      } catch (error) {
        // Another tab may be writing it at this moment (NotReadableError): then there is nothing to read yet.
        if (isNamed(error, 'NotFoundError') || isNamed(error, 'NotReadableError')) return null;
        throw error;
      }
    },
    remove: (name) => ignoreMissing(directory.removeEntry(name)),
  };
}

function diskFile(access: FileSystemSyncAccessHandle): DiskFile {
  return {
    size: () => access.getSize(),
    read: (into, at) => {
      let done = 0;
      while (done < into.byteLength) {
        const read = access.read(into.subarray(done), { at: at + done });
        if (read === 0) break;
        done += read;
      }
      return done;
    },
    write: (bytes: Bytes, at) => {
      let done = 0;
      while (done < bytes.byteLength) {
        const written = access.write(bytes.subarray(done), { at: at + done });
        if (written === 0) throw new DOMException('The quota is used up.', 'QuotaExceededError');
        done += written;
      }
    },
    truncate: (size) => access.truncate(size),
    flush: () => access.flush(),
    close: () => access.close(),
  };
}

async function ignoreMissing(removal: Promise<void>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    if (!isNamed(error, 'NotFoundError')) throw error;
  }
}

/** Web Locks tie a lock to a callback's promise; the promise here is resolved by the release. A tab that dies lets go of its locks. */
function requestLock(name: string, mode: 'shared' | 'exclusive', wait: number): Promise<(() => void) | null> {
  return new Promise((resolve, reject) => {
    const held = () => new Promise<void>((release) => resolve(() => release()));
    navigator.locks.request(name, { mode, signal: AbortSignal.timeout(wait) }, held).catch((error: unknown) => {
      if (isNamed(error, 'TimeoutError') || isNamed(error, 'AbortError')) resolve(null);
      else reject(error instanceof Error ? error : new Error(String(error)));
    });
  });
}
