/**
 * The models kept on this browser's disk: one folder each, named after repository, revision and endpoint, holding a sealed record of what belongs
 * to it and the files under their content's ids (file-record.ts). Locks between tabs: whoever fetches holds `fetch` alone, whoever reads shares
 * `read`, and deleting needs both alone.
 */
import { MotherTongueError } from '../../../lib/errors.ts';
import type { CachedModel, HubRepository } from '../../../protocol/model.ts';
import { sha256 } from '../hash.ts';
import { type Disk, type DiskFolder, isNamed } from './disk.ts';
import { blobName, dataName, fileNames, readFileRecord, storedBytes } from './file-record.ts';
import type { HubFile } from './listing.ts';
import { readRecord, recordNames, writeRecord } from './sealed-record.ts';

export interface ModelRecord {
  format: 1;
  repository: string;
  revision: string;
  endpoint: string;
  commit: string;
  files: HubFile[];
  /** ISO date. */
  used: string;
}

const RECORD = 'model';
/** How long a tab waits for a lock: as long as a cancelled download of its own may take to let go. */
const WAIT = 1500;

export type RepositoryName = Pick<HubRepository, 'repository' | 'revision' | 'endpoint'>;

/** Readable, and different for different repositories, revisions and endpoints. */
export async function modelId({ repository, revision, endpoint }: RepositoryName): Promise<string> {
  const hash = await sha256([endpoint.replace(/\/+$/, ''), repository, revision].join('\n'));
  return `${repository.replaceAll(/[^\w.-]+/g, '--').slice(0, 80)}--${hash.slice(0, 12)}`;
}

/** Null where nothing of it was ever fetched here. */
export async function findModel(disk: Disk, id: string): Promise<ModelRecord | null> {
  if (!(await disk.folders()).includes(id)) return null;
  const record = await readRecord<ModelRecord>(await disk.folder(id), RECORD);
  return record?.format === 1 ? record : null;
}

export async function saveModel(disk: Disk, id: string, record: ModelRecord): Promise<void> {
  await writeRecord(await disk.folder(id), RECORD, record);
}

/** What of a file is here, in bytes, by its record. */
export async function storedOf(folder: DiskFolder, file: HubFile, commit: string): Promise<{ stored: number; verified: boolean }> {
  const record = await readFileRecord(folder, blobName(file, commit), file);
  return { stored: storedBytes(record), verified: record?.verified ?? false };
}

export async function describeModel(disk: Disk, id: string, record: ModelRecord): Promise<CachedModel> {
  const folder = await disk.folder(id);
  const { repository, revision, commit, endpoint, used, files } = record;
  const states = await Promise.all(files.map((file) => storedOf(folder, file, commit)));
  return {
    id,
    repository,
    revision,
    commit,
    endpoint,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    stored: states.reduce((sum, { stored }) => sum + stored, 0),
    complete: states.every(({ verified }) => verified),
    used,
  };
}

/** Newest first. A folder without a readable record (its first moments were interrupted) is no model. */
export async function listModels(disk: Disk): Promise<CachedModel[]> {
  const models: CachedModel[] = [];
  for (const id of await disk.folders()) {
    const record = await findModel(disk, id);
    if (record) models.push(await describeModel(disk, id, record));
  }
  return models.sort((a, b) => (a.used < b.used ? 1 : -1));
}

export async function deleteModel(disk: Disk, id: string): Promise<void> {
  if (!(await disk.folders()).includes(id)) {
    throw new MotherTongueError('StateError', `There is no cached model ${id}; it may have been deleted in another tab.`);
  }
  const name = (await findModel(disk, id))?.repository ?? id;
  const inUse = new MotherTongueError(
    'StateError',
    `${name} is in use; load another model, end its download, and close other tabs of Mother Tongue, then delete it.`,
  );
  const fetching = await disk.lock(`fetch ${id}`, 'exclusive', WAIT);
  const reading = fetching && (await disk.lock(`read ${id}`, 'exclusive', 100));
  try {
    if (!fetching || !reading) throw inUse;
    await disk.removeFolder(id);
  } catch (error) {
    throw isNamed(error, 'NoModificationAllowedError') ? inUse : error;
  } finally {
    reading?.();
    fetching?.();
  }
}

export async function lockForFetching(disk: Disk, id: string, repository: string): Promise<() => void> {
  const release = await disk.lock(`fetch ${id}`, 'exclusive', WAIT);
  if (release) return release;
  throw new MotherTongueError(
    'StateError',
    `${repository} is being fetched in another tab of Mother Tongue; wait for it or close that tab.`,
  );
}

export async function lockForReading(disk: Disk, id: string, repository: string): Promise<() => void> {
  const release = await disk.lock(`read ${id}`, 'shared', WAIT);
  if (release) return release;
  throw new MotherTongueError('StateError', `${repository} is being deleted in another tab of Mother Tongue; fetch it again afterwards.`);
}

/** Removes what no longer belongs to a model after its revision moved. What is open stays until the next time. */
export async function sweep(folder: DiskFolder, { files, commit }: ModelRecord): Promise<void> {
  const kept = new Set([...recordNames(RECORD), ...files.flatMap((file) => fileNames(blobName(file, commit)))]);
  for (const { name } of await folder.list()) {
    if (kept.has(name)) continue;
    try {
      await folder.remove(name);
    } catch (error) {
      if (!isNamed(error, 'NoModificationAllowedError')) throw error;
    }
  }
}

/** Bytes on the disk that belong to files not yet whole: they need no further room. */
export async function allocatedFor(folder: DiskFolder, files: readonly HubFile[], commit: string): Promise<number> {
  const names = new Set(files.map((file) => dataName(blobName(file, commit))));
  return (await folder.list()).reduce((sum, { name, size }) => (names.has(name) ? sum + size : sum), 0);
}
