/**
 * The models kept on this browser's disk: one folder each, named after repository, revision and endpoint, holding a sealed record of what belongs
 * to it and the files under their content's ids (file-record.ts). A model that is here whole stays what it is until the newer commit that is
 * fetched beside it is whole too. Locks between tabs: a download holds `fetch` exclusively, readers share `read`, and deleting needs both exclusively.
 */
import { MotherTongueError } from '../../../lib/errors.ts';
import type { CachedModel, HubRepository } from '../../../protocol/model.ts';
import { sha256 } from '../hash.ts';
import { type Disk, type DiskFolder, isNamed } from './disk.ts';
import { blobName, dataName, fileNames, isData, readFileRecord, storedBytes } from './file-record.ts';
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
/** What a whole model is to become. */
const NEXT = 'next';
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
  return (await disk.folders()).includes(id) ? readModel(await disk.folder(id), RECORD) : null;
}

async function readModel(folder: DiskFolder, name: string): Promise<ModelRecord | null> {
  const record = await readRecord<ModelRecord>(folder, name);
  return record?.format === 1 ? record : null;
}

interface Listed {
  readonly commit: string;
  readonly files: readonly HubFile[];
}

const blobsOf = ({ files, commit }: Listed): string[] => files.map((file) => blobName(file, commit));

/** Notes what is going to be fetched and removes what belongs to nothing any more. `fetch` is held. */
export async function beginModel(disk: Disk, id: string, record: ModelRecord): Promise<void> {
  const whole = await findWhole(disk, id);
  await writeRecord(await disk.folder(id), whole ? NEXT : RECORD, record);
  await sweep(disk, id);
}

/** All files of the record are here: it is the model from now on, and what only the one before had goes. `fetch` is held. */
export async function finishModel(disk: Disk, id: string, record: ModelRecord): Promise<void> {
  const folder = await disk.folder(id);
  if (await readModel(folder, NEXT)) {
    await writeRecord(folder, RECORD, record);
    for (const name of recordNames(NEXT)) await folder.remove(name);
  }
  await sweep(disk, id);
}

/** Records that a whole model is used now, where storage allows it, and removes what readers kept from being deleted before. */
export async function touchModel(disk: Disk, id: string): Promise<void> {
  const release = await disk.lock(`fetch ${id}`, 'exclusive', 100);
  if (!release) return; // another tab fetches a newer commit, and writes then
  try {
    const record = await findModel(disk, id);
    if (record) await writeRecord(await disk.folder(id), RECORD, { ...record, used: new Date().toISOString() });
    await sweep(disk, id);
  } catch (error) {
    if (!isNamed(error, 'QuotaExceededError')) throw error;
  } finally {
    release();
  }
}

async function findWhole(disk: Disk, id: string): Promise<ModelRecord | null> {
  const record = await findModel(disk, id);
  return record && (await describeModel(disk, id, record)).complete ? record : null;
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
  const next = await readModel(folder, NEXT);
  const own = new Set(blobsOf(record));
  const others = next?.files.filter((file) => !own.has(blobName(file, next.commit))) ?? [];
  const beside = await Promise.all(others.map((file) => storedOf(folder, file, next!.commit)));
  return {
    id,
    repository,
    revision,
    commit,
    endpoint,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    stored: [...states, ...beside].reduce((sum, { stored }) => sum + stored, 0),
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

/**
 * Removes what belongs neither to a model nor to what it is to become. What someone reads stays until the next time. Records go before their data,
 * so that no crash leaves a record of data that are gone.
 */
async function sweep(disk: Disk, id: string): Promise<void> {
  const release = await disk.lock(`read ${id}`, 'exclusive', 100);
  if (!release) return;
  try {
    const folder = await disk.folder(id);
    const records = await Promise.all([RECORD, NEXT].map((name) => readModel(folder, name)));
    const blobs = records.flatMap((record) => (record ? blobsOf(record) : []));
    const kept = new Set([...recordNames(RECORD), ...recordNames(NEXT), ...blobs.flatMap(fileNames)]);
    const names = (await folder.list()).map(({ name }) => name).filter((name) => !kept.has(name));
    for (const name of [...names.filter((n) => !isData(n)), ...names.filter(isData)]) await removeClosed(folder, name);
  } finally {
    release();
  }
}

/** A directory that was closed a moment ago may still be closing its files. */
async function removeClosed(folder: DiskFolder, name: string): Promise<void> {
  try {
    await folder.remove(name);
  } catch (error) {
    if (!isNamed(error, 'NoModificationAllowedError')) throw error;
  }
}

/** Bytes on the disk that a download of these files reuses or frees and so needs no further storage for: all but those of a whole model that stays. */
export async function reusableFor(disk: Disk, id: string, wanted: Listed): Promise<number> {
  if (!(await disk.folders()).includes(id)) return 0;
  const whole = await findWhole(disk, id);
  const filled = new Set(blobsOf(wanted).map(dataName));
  const stays = new Set(whole ? blobsOf(whole).map(dataName) : []);
  const list = await (await disk.folder(id)).list();
  return list.reduce((sum, { name, size }) => (isData(name) && (filled.has(name) || !stays.has(name)) ? sum + size : sum), 0);
}
