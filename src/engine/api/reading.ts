/**
 * Reading files that other programs wrote: Parquet, gzip, adapters as zips or folders, tokenizers. Whatever such a file makes its decoder do, the
 * engine goes on: `createReading` runs in a worker (../reading-worker.ts) that a cancel terminates. Where the platform has no such worker, as
 * under Node, the same functions run in this thread.
 */
import { proxy, transfer, wrap } from 'comlink';
import { throwIfCancelled } from '../../lib/cancel.ts';
import { type ErrorName, MotherTongueError } from '../../lib/errors.ts';
import type { AdapterSource } from '../../protocol/engine.ts';
import type { FolderFile } from '../../protocol/model.ts';
import { openText } from '../chat/open-text.ts';
import { gunzip } from '../data/gunzip.ts';
import { parquetRows } from '../data/parquet-rows.ts';
import type { ForeignReaders, RawRow, RowSource } from '../data/row-source.ts';
import type { AdaptableWeight } from '../files/adaptable.ts';
import { ADAPTER_FILES, adapterFolder, type ImportedAdapter, readAdapter } from '../files/adapter.ts';
import { largestAdapter } from '../files/adapter-plan.ts';
import { blobSource, type Directory, folderDirectory } from '../files/source.ts';
import { zipDirectory } from '../files/zip.ts';
import type { EnginePlaces } from './engine-state.ts';

type Progress = (done: number, total: number) => void;

/** An adapter as it was read, and the name of the folder or zip that it was found in. */
export interface NamedAdapter extends ImportedAdapter {
  name: string;
}

interface Reading {
  unpack(blob: Blob, name: string, onProgress: Progress): Promise<Blob>;
  /** Only an adapter's files are unpacked, and no more of them than the model can use. */
  adapter(source: AdapterSource, weights: readonly AdaptableWeight[], onProgress: Progress): Promise<NamedAdapter>;
  /** Opens the text part of a model on trial; the engine opens it itself once that has gone well. */
  text(name: string, files: readonly FolderFile[]): Promise<void>;
  /** Opens a Parquet file, whose rows `rows` then reads. */
  parquet(blob: Blob, name: string): Promise<Pick<RowSource, 'length' | 'notes'>>;
  rows(start: number, count: number): Promise<RawRow[]>;
}

export function createReading(): Reading {
  let table: Promise<RowSource>;
  return {
    unpack: (blob, name, onProgress) => gunzip(blob, name, { onProgress }),
    async adapter(source, weights, onProgress) {
      const directory =
        source.kind === 'zip'
          ? await zipDirectory(blobSource(source.name, source.file), ADAPTER_FILES, largestAdapter(weights), onProgress)
          : folderDirectory(source.name, source.files);
      const folder = adapterFolder(directory);
      const read = { ...(await readAdapter(folder, weights)), name: folder.name };
      return transfer(
        read,
        [...read.tensors.values()].map(({ buffer }) => buffer),
      );
    },
    async text(name, files) {
      await openText(folderDirectory(name, files));
    },
    async parquet(blob, name) {
      table = parquetRows(blob, name, {});
      const { length, notes } = await table;
      return { length, notes };
    },
    rows: async (start, count) => (await table).read(start, count),
  };
}

/** A reader in a worker of its own until `end` is called, which whatever is under way then throws. */
function startReading({ readingWorker }: EnginePlaces): {
  call<X>(work: (reading: Reading) => Promise<X>): Promise<X>;
  end(error: MotherTongueError): void;
} {
  if (!readingWorker) return { call: (work) => work(createReading()), end: () => {} };
  const worker = readingWorker();
  let fail: (error: MotherTongueError) => void;
  const ended = new Promise<never>((_, reject) => {
    fail = reject;
  });
  ended.catch(() => undefined); // it may end while nothing is under way
  worker.addEventListener('error', (event) =>
    fail(
      new MotherTongueError(
        'StateError',
        `The file could not be read (${event.message || 'the script did not load'}); reload the page and try again.`,
      ),
    ),
  );
  const remote = wrap<Reading>(worker);
  const reading: Reading = {
    unpack: (blob, name, onProgress) => remote.unpack(blob, name, proxy(onProgress)),
    adapter: (source, weights, onProgress) => remote.adapter(source, weights, proxy(onProgress)),
    text: (name, files) => remote.text(name, files),
    parquet: (blob, name) => remote.parquet(blob, name),
    rows: (start, count) => remote.rows(start, count),
  };
  return {
    call: (work) => Promise.race([work(reading).catch(rethrow), ended]),
    end: (error) => {
      worker.terminate();
      fail(error);
    },
  };
}

/** Errors lose their class on the way between threads. */
function rethrow(error: unknown): never {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  throw new MotherTongueError(name as ErrorName, message);
}

/** Reads one file; the worker ends with it, and at once when it is cancelled. */
export async function readForeign<X>(
  places: EnginePlaces,
  what: string,
  signal: AbortSignal,
  work: (reading: Reading) => Promise<X>,
): Promise<X> {
  throwIfCancelled(signal, what);
  const reader = startReading(places);
  const cancel = (): void => reader.end(cancelled(what));
  signal.addEventListener('abort', cancel);
  try {
    const result = await reader.call(work);
    throwIfCancelled(signal, what);
    return result;
  } finally {
    signal.removeEventListener('abort', cancel);
    cancel();
  }
}

function cancelled(what: string): MotherTongueError {
  return new MotherTongueError('Cancelled', `${what} was cancelled; nothing that was loaded before is lost.`);
}

/** How the rows of a dataset are had from gzip and Parquet; nothing where this thread reads them itself. */
export function foreignReaders(
  places: EnginePlaces,
  signal: AbortSignal,
  onUnpack: (name: string, done: number, total: number) => void,
): ForeignReaders | undefined {
  if (!places.readingWorker) return undefined;
  return {
    unpack: (blob, name) =>
      readForeign(places, `Unpacking ${name}`, signal, (reading) =>
        reading.unpack(blob, name, (done, total) => onUnpack(name, done, total)),
      ),
    parquet: (blob, name) => remoteParquet(places, blob, name, signal),
  };
}

/** The files that a model's text part is opened from, for another thread. */
export async function textFiles(directory: Directory): Promise<FolderFile[]> {
  const names = ['tokenizer.json', 'tokenizer_config.json', 'generation_config.json', 'chat_template.jinja'];
  const files: FolderFile[] = [];
  for (const path of names) {
    if (directory.list().includes(path)) files.push({ path, file: new Blob([await directory.readText(path)]) });
  }
  return files;
}

const PIECE_ROWS = 1000;

/** The worker lives as long as the dataset is open, or until opening it is cancelled. */
async function remoteParquet(places: EnginePlaces, blob: Blob, name: string, signal: AbortSignal): Promise<RowSource> {
  const reader = startReading(places);
  const close = (): void => reader.end(cancelled(`Reading ${name}`));
  signal.addEventListener('abort', close);
  try {
    const { length, notes } = await reader.call((reading) => reading.parquet(blob, name));
    return {
      format: 'parquet',
      length,
      notes,
      rowNumber: (index) => index + 1,
      read: (start, count) => reader.call((reading) => reading.rows(start, count)),
      pieceLength: (start) => Math.min(PIECE_ROWS, length - start),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}
