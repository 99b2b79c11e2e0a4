/**
 * A Disk in memory for tests, as honest as OPFS: a second exclusive open is refused, an open file cannot be removed, writes beyond the quota fail,
 * and `crash` closes everything and keeps a random part of the bytes written since the last flush, torn writes included. Locks belong to tabs:
 * `tab()` gives the same disk as another tab sees it, and a tab's crash frees its locks.
 */
import type { Bytes } from '../source.ts';
import type { Disk, DiskFile, DiskFolder } from './disk.ts';

interface Stored {
  bytes: Bytes;
  size: number;
  /** Writes that no flush has made sure of, oldest first, with what they replaced. */
  unflushed: { at: number; before: Bytes; sizeBefore: number }[];
  readers: number;
  writer: boolean;
}

export interface MemoryDisk extends Disk {
  quota: number;
  /** The same bytes from another tab. */
  tab(): MemoryDisk;
  /** The tab or the machine dies: of what was not flushed, each write survives whole, in part, or not at all, as `random` says. */
  crash(random: () => number): void;
  /** For tests: flips one stored byte behind everybody's back. */
  corrupt(folder: string, name: string, at: number): void;
}

interface Shared {
  folders: Map<string, Map<string, Stored>>;
  locks: { name: string; mode: 'shared' | 'exclusive' }[];
}

export function memoryDisk(quota = Number.POSITIVE_INFINITY, shared: Shared = { folders: new Map(), locks: [] }): MemoryDisk {
  let dead = { value: false };
  const used = (): number => [...shared.folders.values()].flatMap((files) => [...files.values()]).reduce((sum, { size }) => sum + size, 0);
  const mine = new Set<Shared['locks'][number]>();
  const disk: MemoryDisk = {
    quota,
    folders: async () => [...shared.folders.keys()],
    folder: async (name) => {
      if (!shared.folders.has(name)) shared.folders.set(name, new Map());
      return memoryFolder(shared.folders.get(name)!, () => disk.quota - used(), dead);
    },
    removeFolder: async (name) => {
      const open = [...(shared.folders.get(name)?.values() ?? [])].some((file) => file.writer || file.readers > 0);
      if (open) throw new DOMException('A file is open.', 'NoModificationAllowedError');
      shared.folders.delete(name);
    },
    freeSpace: async () => ({ available: Math.max(0, disk.quota - used()), persisted: false }),
    lock: async (name, mode, wait) => {
      const until = performance.now() + wait;
      const blocked = () => shared.locks.some((held) => held.name === name && (mode === 'exclusive' || held.mode === 'exclusive'));
      while (blocked()) {
        if (performance.now() >= until) return null;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      const held = { name, mode };
      shared.locks.push(held);
      mine.add(held);
      return () => {
        mine.delete(held);
        shared.locks.splice(shared.locks.indexOf(held) >>> 0, 1);
      };
    },
    tab: () => memoryDisk(disk.quota, shared),
    crash: (random) => {
      dead.value = true;
      dead = { value: false };
      for (const files of shared.folders.values()) for (const file of files.values()) loseUnflushed(file, random);
      shared.locks = shared.locks.filter((held) => !mine.has(held));
      mine.clear();
    },
    corrupt: (folder, name, at) => {
      const file = shared.folders.get(folder)?.get(name);
      if (!file || at >= file.size) throw new Error(`${folder}/${name} has no byte ${at}.`);
      file.bytes[at] = file.bytes[at]! ^ 0xff;
    },
  };
  return disk;
}

function loseUnflushed(file: Stored, random: () => number): void {
  for (const { at, before, sizeBefore } of file.unflushed.reverse()) {
    const lost = Math.floor(random() * 1.5 * before.length); // a third of the writes is lost whole
    const from = Math.max(0, before.length - lost);
    file.bytes.set(before.subarray(from), at + from);
    if (lost >= before.length) file.size = sizeBefore;
  }
  file.unflushed = [];
  file.readers = 0;
  file.writer = false;
}

function memoryFolder(files: Map<string, Stored>, freeBytes: () => number, dead: { value: boolean }): DiskFolder {
  async function open(name: string, mode: 'write'): Promise<DiskFile>;
  async function open(name: string, mode: 'read'): Promise<DiskFile | null>;
  async function open(name: string, mode: 'read' | 'write'): Promise<DiskFile | null> {
    if (dead.value) throw new DOMException('The tab is gone.', 'InvalidStateError');
    if (!files.has(name)) {
      if (mode === 'read') return null;
      files.set(name, { bytes: new Uint8Array(0), size: 0, unflushed: [], readers: 0, writer: false });
    }
    const file = files.get(name)!;
    if (file.writer || (mode === 'write' && file.readers > 0)) throw new DOMException(`${name} is open.`, 'NoModificationAllowedError');
    if (mode === 'write') file.writer = true;
    else file.readers += 1;
    return memoryFile(file, mode, freeBytes, dead);
  }
  return {
    list: async () => [...files].map(([name, { size }]) => ({ name, size })),
    size: async (name) => files.get(name)?.size ?? null,
    open,
    readSmall: async (name) => files.get(name)?.bytes.slice(0, files.get(name)!.size) ?? null,
    remove: async (name) => {
      const file = files.get(name);
      if (file?.writer || file?.readers) throw new DOMException(`${name} is open.`, 'NoModificationAllowedError');
      files.delete(name);
    },
  };
}

function memoryFile(file: Stored, mode: 'read' | 'write', freeBytes: () => number, dead: { value: boolean }): DiskFile {
  let closed = false;
  const needOpen = (): void => {
    if (closed || dead.value) throw new DOMException('The handle is closed.', 'InvalidStateError');
  };
  const needWriter = (): void => {
    needOpen();
    if (mode === 'read') throw new DOMException('The handle is read-only.', 'NoModificationAllowedError');
  };
  return {
    size: () => {
      needOpen();
      return file.size;
    },
    read: (into, at) => {
      needOpen();
      const count = Math.max(0, Math.min(into.length, file.size - at));
      into.set(file.bytes.subarray(at, at + count));
      return count;
    },
    write: (bytes, at) => {
      needWriter();
      const size = Math.max(file.size, at + bytes.length);
      if (size - file.size > freeBytes()) throw new DOMException('The quota is used up.', 'QuotaExceededError');
      if (size > file.bytes.length) {
        const grown = new Uint8Array(Math.max(size, file.bytes.length * 2));
        grown.set(file.bytes);
        file.bytes = grown;
      }
      file.unflushed.push({ at, before: file.bytes.slice(at, at + bytes.length), sizeBefore: file.size });
      file.bytes.set(bytes, at);
      file.size = size;
    },
    truncate: (size) => {
      needWriter();
      file.bytes.fill(0, size);
      file.size = Math.min(file.size, size);
    },
    flush: () => {
      needWriter();
      file.unflushed = [];
    },
    close: () => {
      if (closed || dead.value) return;
      closed = true;
      if (mode === 'write') file.writer = false;
      else file.readers -= 1;
    },
  };
}
