/**
 * One file from the Hub into a folder of the disk: in parts, several at once, each written in place when it is whole. Memory is the lanes' buffers
 * only; a part is requested only when a lane is free, so the disk sets the pace. The record is written after every few parts, data flushed first, and
 * always when the work ends, however it ends. A file is complete when its bytes, read back, have the hash that the Hub states.
 */
import { MotherTongueError } from '../../../lib/errors.ts';
import { sha256 } from '../hash.ts';
import type { Bytes } from '../source.ts';
import { type Connection, explainFailure } from './connection.ts';
import { type DiskFile, type DiskFolder, isNamed } from './disk.ts';
import { FileChanged, fetchRange } from './fetch-range.ts';
import { blobName, dataName, type FileRecord, newRecord, partRange, readFileRecord, writeFileRecord } from './file-record.ts';
import { fileUrl, type HubFile } from './listing.ts';
import type { PauseSignal } from './pause-signal.ts';
import { verifyFile } from './verify-file.ts';

export interface Fetching {
  readonly connection: Connection;
  readonly commit: string;
  readonly pause: PauseSignal;
  readonly signal: AbortSignal;
  /** Bytes of a part. */
  readonly part: number;
  /** One buffer of a part's size per lane. */
  readonly lanes: readonly Bytes[];
  /** Parts between two writings of the record. */
  readonly recordEvery: number;
  /** Files that changed on the server since they were listed: their parts are dropped where no hash is stated. */
  readonly changed: ReadonlySet<string>;
  onBytes(count: number): void;
  /** The current activity, for the user. */
  onLabel(label: string): void;
}

export interface OpenFile {
  readonly file: HubFile;
  readonly record: FileRecord;
  readonly data: DiskFile;
  /** Fetches one part into a buffer and returns it with its hash; writes nothing. */
  fetchPart(index: number, buffer: Bytes, signal: AbortSignal): Promise<{ bytes: Bytes; hash: string }>;
  /** Writes a part at its place. */
  keepPart(index: number, bytes: Bytes, hash: string): void;
  save(): Promise<void>;
}

export async function fetchFile(fetching: Fetching, folder: DiskFolder, file: HubFile): Promise<void> {
  const blob = blobName(file, fetching.commit);
  const stored = await readFileRecord(folder, blob, file);
  if (stored?.verified) return;
  const data = await openData(fetching, folder, blob, file);
  try {
    const open = openFile(fetching, folder, blob, file, data, stored);
    await dropBrokenParts(fetching, open);
    await fetchMissingParts(fetching, open);
    data.truncate(file.size);
    await verifyFile(fetching, open);
    open.record.verified = true;
    await open.save();
  } catch (error) {
    throw explain(error, file, fetching.connection);
  } finally {
    data.close();
  }
}

async function openData({ connection }: Fetching, folder: DiskFolder, blob: string, file: HubFile): Promise<DiskFile> {
  try {
    return await folder.open(dataName(blob), 'write');
  } catch (error) {
    if (!isNamed(error, 'NoModificationAllowedError')) throw explain(error, file, connection);
    throw new MotherTongueError('StateError', `${file.path} is being fetched in another tab of Mother Tongue; close that tab.`);
  }
}

function openFile(
  fetching: Fetching,
  folder: DiskFolder,
  blob: string,
  file: HubFile,
  data: DiskFile,
  stored: FileRecord | null,
): OpenFile {
  const { connection, commit, pause, changed } = fetching;
  const judgedByHash = file.sha256 !== undefined || file.sha1 !== undefined;
  const keep = stored !== null && stored.part === fetching.part && (judgedByHash || !changed.has(file.path));
  const record = keep ? { ...stored, commit } : newRecord(file, commit, fetching.part);
  const url = fileUrl(connection, commit, file.path);
  let saving = Promise.resolve();
  const onEtag = (etag: string): void => {
    if (judgedByHash) return; // what arrives is judged by its hash, whatever ETag this node of the network gives it
    if (record.etag !== null && record.etag !== etag) throw new FileChanged(file.path);
    record.etag = etag;
  };
  return {
    file,
    record,
    data,
    fetchPart: async (index, buffer, signal) => {
      const { from, to } = partRange(record, index);
      const request = { url, path: file.path, from, to, size: file.size, into: buffer, pause, signal, onEtag };
      await fetchRange(connection, { ...request, onBytes: fetching.onBytes });
      const bytes = buffer.subarray(0, to - from);
      return { bytes, hash: await sha256(bytes) };
    },
    keepPart: (index, bytes, hash) => {
      data.write(bytes, partRange(record, index).from);
      record.parts[index] = hash;
    },
    save: () => {
      saving = saving.then(() => {
        data.flush();
        return writeFileRecord(folder, blob, structuredClone(record));
      });
      return saving;
    },
  };
}

/** After a crash the record may list parts that the disk did not keep. */
async function dropBrokenParts({ lanes, signal, onLabel, onBytes }: Fetching, { file, record, data }: OpenFile): Promise<void> {
  const buffer = lanes[0]!;
  if (record.parts.some((hash) => hash !== null)) onLabel(`Checking cached parts of ${file.path}`);
  for (const [index, hash] of record.parts.entries()) {
    if (hash === null) continue;
    signal.throwIfAborted();
    const { from, to } = partRange(record, index);
    const bytes = buffer.subarray(0, to - from);
    if (data.read(bytes, from) === bytes.length && (await sha256(bytes)) === hash) continue;
    record.parts[index] = null;
    onBytes(from - to);
  }
}

async function fetchMissingParts(fetching: Fetching, open: OpenFile): Promise<void> {
  const { file, record } = open;
  const queue = [...record.parts.keys()].filter((index) => record.parts[index] === null);
  if (queue.length === 0) return;
  fetching.onLabel(`Fetching ${file.path}`);
  const stop = new AbortController();
  const signal = AbortSignal.any([fetching.signal, stop.signal]);
  let unsaved = 0;
  const lane = async (buffer: Bytes): Promise<void> => {
    for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
      const { bytes, hash } = await open.fetchPart(index, buffer, signal);
      signal.throwIfAborted();
      open.keepPart(index, bytes, hash);
      unsaved += 1;
      if (unsaved < fetching.recordEvery) continue;
      unsaved = 0;
      await open.save();
    }
  };
  const ends = fetching.lanes.map((buffer) => lane(buffer).catch((error: unknown) => stop.abort(error)));
  await Promise.all(ends);
  try {
    await open.save();
  } catch (error) {
    if (!signal.aborted) throw error; // on a full disk the record may fail as the data did; the older record holds
  }
  signal.throwIfAborted();
}

function explain(error: unknown, file: HubFile, connection: Connection): unknown {
  return explainFailure(explainQuota(error, file.path), `${file.path} of ${connection.repository}`, connection);
}

function explainQuota(error: unknown, what: string): unknown {
  if (!isNamed(error, 'QuotaExceededError')) return error;
  return new MotherTongueError(
    'FileError',
    `The browser's storage is full: ${what} is kept as far as it came; free disk space and resume, or open the model's folder instead.`,
  );
}

/** Does `work`; a full disk becomes one sentence, in which `what` is kept as far as it came. */
export async function explainFull(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw explainQuota(error, what);
  }
}
