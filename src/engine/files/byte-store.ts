/**
 * A place for named bytes that outlives a reload: OPFS in the browser (opfs.ts), a folder in Node (src/headless/node-store.ts), a map in
 * memory. Names are flat file names. `put` replaces and resolves only when the bytes are flushed; it need not be atomic: what depends on
 * several writes, or on one whole write, is the task of snapshots.ts.
 */
import type { Bytes } from './source.ts';

/** Bytes that come one piece after another, so that nobody has to hold all of them. A piece is read before the next one is asked for. */
export interface Pieces {
  readonly bytes: number;
  readonly pieces: AsyncIterable<Bytes>;
}

export interface ByteRange {
  readonly offset: number;
  readonly bytes: number;
}

export interface ByteStore {
  list(): Promise<string[]>;
  /** Null when there is nothing of that name. A range that reaches past the end gives what is there. */
  get(name: string, range?: ByteRange): Promise<Bytes | null>;
  /** Bytes of a file; 0 when there is none. */
  size(name: string): Promise<number>;
  put(name: string, data: Bytes | Pieces): Promise<void>;
  /** Deleting nothing is no error. */
  delete(name: string): Promise<void>;
}

/** Either way of giving bytes, as pieces. */
export function piecesOf(data: Bytes | Pieces): Pieces {
  return data instanceof Uint8Array ? { bytes: data.byteLength, pieces: only(data) } : data;
}

async function* only(bytes: Bytes): AsyncGenerator<Bytes> {
  yield bytes;
}

export function memoryStore(files = new Map<string, Bytes>()): ByteStore {
  return {
    list: async () => [...files.keys()],
    get: async (name, range) => {
      const file = files.get(name);
      if (!file) return null;
      return range ? file.slice(range.offset, range.offset + range.bytes) : file.slice();
    },
    size: async (name) => files.get(name)?.byteLength ?? 0,
    put: async (name, data) => {
      const { bytes, pieces } = piecesOf(data);
      const file = new Uint8Array(bytes);
      let at = 0;
      for await (const piece of pieces) {
        file.set(piece, at);
        at += piece.byteLength;
      }
      files.set(name, file);
    },
    delete: async (name) => {
      files.delete(name);
    },
  };
}
