/**
 * A whole repository at a revision onto this browser's disk: file after file, small ones first. Verified files on the disk are not fetched again. A
 * file that changes on the server meanwhile leads to a new listing, in which unchanged files keep their parts. A whole model of an older commit stays
 * until the new one is whole, so there must be storage for what differs.
 */
import { MotherTongueError } from '../../../lib/errors.ts';
import { formatBytes } from '../../../lib/format.ts';
import type { Connection } from './connection.ts';
import type { Disk, FreeSpace } from './disk.ts';
import { explainFull, fetchFile } from './fetch-file.ts';
import { FileChanged } from './fetch-range.ts';
import type { HubFile } from './listing.ts';
import { beginModel, finishModel, lockForFetching, type ModelRecord, reusableFor, storedOf } from './model-cache.ts';
import type { PauseSignal } from './pause-signal.ts';

const PART = 8 * 2 ** 20;
const LANES = 4;
const RECORD_EVERY = 4;
/** Listings asked for in one download; a repository that changes more often is not worth following. */
const LISTINGS = 3;

/** What is to be fetched: a listing cut down to the files that loading needs. */
export interface Wanted {
  commit: string;
  files: HubFile[];
}

export interface FetchOptions {
  readonly pause: PauseSignal;
  readonly signal: AbortSignal;
  onProgress(done: number, total: number, label: string): void;
  /** For tests. */
  readonly part?: number;
}

/** `list` requests the file list from the Hub; `first` is its last answer. */
export async function fetchModel(
  disk: Disk,
  id: string,
  connection: Connection,
  revision: string,
  first: Wanted,
  list: () => Promise<Wanted>,
  options: FetchOptions,
): Promise<ModelRecord> {
  const release = await lockForFetching(disk, id, connection.repository);
  try {
    const changed = new Set<string>();
    let wanted = first;
    for (let listing = 1; ; listing++) {
      try {
        return await fetchListed(disk, id, connection, revision, wanted, changed, options);
      } catch (error) {
        if (!(error instanceof FileChanged)) throw error;
        if (listing === LISTINGS) throw keepsChanging(error, connection);
        changed.add(error.path);
        options.onProgress(0, 0, `${error.path} changed on the server: listing its files again`);
        wanted = await list();
      }
    }
  } finally {
    release();
  }
}

function keepsChanging({ path }: FileChanged, { repository, endpoint }: Connection): MotherTongueError {
  return new MotherTongueError(
    'FileError',
    `${path} of ${repository} is not what ${endpoint} lists (another size or ETag); what was fetched is kept, try again later.`,
  );
}

async function fetchListed(
  disk: Disk,
  id: string,
  connection: Connection,
  revision: string,
  { commit, files }: Wanted,
  changed: ReadonlySet<string>,
  { pause, signal, onProgress, part = PART }: FetchOptions,
): Promise<ModelRecord> {
  const { repository, endpoint } = connection;
  const record: ModelRecord = { format: 1, repository, revision, endpoint, commit, files, used: new Date().toISOString() };
  await checkStorage(disk, id, repository, files, commit);
  await explainFull(`what is here of ${repository}`, () => beginModel(disk, id, record));
  const folder = await disk.folder(id);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const states = await Promise.all(files.map((file) => storedOf(folder, file, commit)));
  let done = states.reduce((sum, { stored }) => sum + stored, 0);
  let label = `Fetching ${repository}`;
  const lanes = Array.from({ length: LANES }, () => new Uint8Array(part));
  const fetching = {
    connection,
    commit,
    pause,
    signal,
    part,
    lanes,
    recordEvery: RECORD_EVERY,
    changed,
    onBytes: (count: number) => {
      done += count;
      onProgress(done, total, label);
    },
    onLabel: (text: string) => {
      label = text;
      onProgress(done, total, label);
    },
  };
  connection.report = (text) => onProgress(done, total, text);
  for (const [index, file] of files.entries()) if (!states[index]!.verified) await fetchFile(fetching, folder, file);
  await explainFull(`what is here of ${repository}`, () => finishModel(disk, id, record));
  onProgress(total, total, `Fetched ${repository}`);
  return record;
}

/** Bytes that these files need beyond what is stored of them or deleted for them, and the free space of the browser. */
export async function storageNeed(
  disk: Disk,
  id: string,
  files: readonly HubFile[],
  commit: string,
): Promise<{ needed: number; free: FreeSpace | null }> {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const needed = Math.max(0, total - (await reusableFor(disk, id, { files, commit })));
  return { needed, free: await disk.freeSpace(needed) };
}

/** The error sentence with what to do where storage is not enough, else nothing. */
export function notEnoughStorage(repository: string, { needed, free }: { needed: number; free: FreeSpace | null }): string | undefined {
  if (!free || free.available >= needed) return undefined;
  return `${repository} needs ${formatBytes(needed)} more of this browser's storage, where ${formatBytes(free.available)} are free; delete cached models or free disk space, or download its files yourself and open their folder, which is read in place.`;
}

async function checkStorage(disk: Disk, id: string, repository: string, files: readonly HubFile[], commit: string): Promise<void> {
  const problem = notEnoughStorage(repository, await storageNeed(disk, id, files, commit));
  if (problem) throw new MotherTongueError('FileError', problem);
}
