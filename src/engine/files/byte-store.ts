/**
 * A place for named bytes that outlives a reload: OPFS in the browser (opfs.ts), a folder in Node (src/headless/node-store.ts), a map in
 * memory. Names are flat file names. `put` replaces and resolves only when the bytes are flushed; it need not be atomic: what depends on
 * several writes, or on one whole write, is checkpoint.ts's business.
 */
import type { Bytes } from './source.ts';

export interface ByteStore {
  list(): Promise<string[]>;
  /** Null when there is nothing of that name. */
  get(name: string): Promise<Bytes | null>;
  put(name: string, bytes: Bytes): Promise<void>;
  /** Deleting nothing is no error. */
  delete(name: string): Promise<void>;
}

export function memoryStore(files = new Map<string, Bytes>()): ByteStore {
  return {
    list: async () => [...files.keys()],
    get: async (name) => files.get(name)?.slice() ?? null,
    put: async (name, bytes) => {
      files.set(name, bytes.slice());
    },
    delete: async (name) => {
      files.delete(name);
    },
  };
}
