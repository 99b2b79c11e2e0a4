/**
 * What the Hub returns about a repository before anything large is fetched: the commit, the files that loading needs, and the text of config.json.
 * Small files that are on the disk and proven are read there.
 */
import { MotherTongueError } from '../../../lib/errors.ts';
import { formatBytes } from '../../../lib/format.ts';
import type { Bytes } from '../source.ts';
import { type Connection, explainFailure } from './connection.ts';
import type { Disk } from './disk.ts';
import { fetchRange } from './fetch-range.ts';
import { blobName, dataName, readFileRecord } from './file-record.ts';
import { checkSizes, fileUrl, type HubFile, listRepository } from './listing.ts';
import type { ModelRecord } from './model-cache.ts';
import { neededFiles } from './needed-files.ts';
import { PauseSignal } from './pause-signal.ts';

export interface HubAnswer {
  commit: string;
  /** Empty where there is a blocker. */
  files: HubFile[];
  /** Text of config.json. */
  config: string;
  /** Why this model does not run here. */
  blocker?: string;
}

/** config.json and the index of the weights are far smaller. */
const LARGEST_TEXT = 2 ** 28;

/** Says why a model with this config.json does not run here, or nothing. */
export type JudgeConfig = (config: string) => string | undefined;

export async function askHub(
  connection: Connection,
  revision: string,
  disk: Disk | null,
  id: string,
  judge: JudgeConfig,
  signal: AbortSignal,
): Promise<HubAnswer> {
  const listing = await listRepository(connection, revision, signal);
  const { repository } = connection;
  const readText = async (file: HubFile): Promise<string> => {
    checkSizes(repository, [file]);
    if (file.size > LARGEST_TEXT)
      throw new MotherTongueError(
        'FileError',
        `${file.path} of ${repository} has ${formatBytes(file.size)}, more than the ${formatBytes(LARGEST_TEXT)} that such a file can have; choose another repository.`,
      );
    const stored = await readStored(disk, id, file, listing.commit);
    return new TextDecoder().decode(stored ?? (await fetchSmall(connection, listing.commit, file, signal)));
  };
  const config = listing.files.find(({ path }) => path === 'config.json');
  const text = config ? await readText(config) : '';
  const blocker = config && judge(text);
  if (blocker) return { commit: listing.commit, files: [], config: text, blocker };
  const files = await neededFiles(repository, listing, readText);
  checkSizes(repository, files);
  return { commit: listing.commit, files, config: text };
}

async function fetchSmall(connection: Connection, commit: string, { path, size }: HubFile, signal: AbortSignal): Promise<Bytes> {
  const into = new Uint8Array(size);
  if (size === 0) return into;
  const ignore = () => undefined;
  const url = fileUrl(connection, commit, path);
  try {
    await fetchRange(connection, {
      url,
      path,
      from: 0,
      to: size,
      size,
      into,
      pause: new PauseSignal(),
      signal,
      onBytes: ignore,
      onEtag: ignore,
    });
  } catch (error) {
    throw explainFailure(error, `${path} of ${connection.repository}`, connection);
  }
  return into;
}

async function readStored(disk: Disk | null, id: string, file: HubFile, commit: string): Promise<Bytes | null> {
  if (!disk || !(await disk.folders()).includes(id)) return null;
  const folder = await disk.folder(id);
  const blob = blobName(file, commit);
  const record = await readFileRecord(folder, blob, file);
  return record?.verified ? folder.readSmall(dataName(blob)) : null;
}

/** The same from what is on the disk, for when the Hub cannot be reached. Null where config.json is not here whole. */
export async function askDisk(disk: Disk, id: string, { commit, files }: ModelRecord): Promise<HubAnswer | null> {
  const config = files.find(({ path }) => path === 'config.json');
  const bytes = config && (await readStored(disk, id, config, commit));
  return bytes ? { commit, files, config: new TextDecoder().decode(bytes) } : null;
}
