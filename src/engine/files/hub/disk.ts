/**
 * The private disk that fetched models lie on: folders of flat names, files written and read in place. In the browser it is OPFS (opfs-disk.ts);
 * tests use one in memory (memory-disk.ts) that refuses, fills up and crashes as the real one does.
 * Nothing here is atomic. What must survive a crash goes through sealed-record.ts; large files are judged by the hashes of their parts.
 */
import type { Bytes } from '../source.ts';

/** One open file. Synchronous, as sync access handles are. */
export interface DiskFile {
  size(): number;
  /** Fills `into` from `at`; returns how many bytes there were. */
  read(into: Bytes, at: number): number;
  /** Writes all of `bytes`, or throws a QuotaExceededError. */
  write(bytes: Bytes, at: number): void;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

export interface DiskFolder {
  list(): Promise<{ name: string; size: number }[]>;
  /** Bytes of a file; null where there is none. */
  size(name: string): Promise<number | null>;
  /** `write` makes the file and is exclusive; `read` is shared among readers. Null where `read` finds no file. */
  open(name: string, mode: 'write'): Promise<DiskFile>;
  open(name: string, mode: 'read'): Promise<DiskFile | null>;
  /** A small file, whole, without opening it exclusively; null where there is none. */
  readSmall(name: string): Promise<Bytes | null>;
  /** Removing nothing is no error; a file that is open is not removed and throws. */
  remove(name: string): Promise<void>;
}

export interface FreeSpace {
  available: number;
  /** The browser does not evict it by itself. */
  persisted: boolean;
}

export interface Disk {
  folders(): Promise<string[]>;
  /** Made when missing. */
  folder(name: string): Promise<DiskFolder>;
  removeFolder(name: string): Promise<void>;
  /** Bytes that can still be written: at least `needed` where that much was probed and accepted, else what is accepted. Null where unknown. */
  freeSpace(needed: number): Promise<FreeSpace | null>;
  /** A lock among all tabs; null where another holds it for longer than `wait` ms. Call the result to release. */
  lock(name: string, mode: 'shared' | 'exclusive', wait: number): Promise<(() => void) | null>;
}

export function isNamed(error: unknown, name: string): boolean {
  return typeof error === 'object' && error !== null && (error as { name?: unknown }).name === name;
}
