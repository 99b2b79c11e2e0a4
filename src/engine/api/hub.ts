/** The Hub as the page uses it: an offer for a repository, the download that loading is at, and the models kept in this browser. */
import { MotherTongueError } from '../../lib/errors.ts';
import type { HubOffer, HubRepository } from '../../protocol/model.ts';
import type { Directory } from '../files/source.ts';
import type { Desk } from './desk.ts';

export async function hubOffer(_desk: Desk, { repository }: HubRepository): Promise<HubOffer> {
  throw new MotherTongueError('StateError', `${repository} cannot be fetched yet; open its folder instead.`);
}

/** Fetches what is missing into this browser's storage and gives the repository as a directory that is read in place. */
export async function hubDirectory(
  _desk: Desk,
  { repository }: HubRepository,
  _signal: AbortSignal,
  _progress: (done: number, total: number) => void,
): Promise<Directory> {
  throw new MotherTongueError('StateError', `${repository} cannot be fetched yet; open its folder instead.`);
}

export async function pauseDownload(desk: Desk, paused: boolean): Promise<void> {
  desk.emit({ type: 'download-paused', paused });
}

export async function listCachedModels(desk: Desk): Promise<void> {
  desk.emit({ type: 'cached-models', models: [] });
}

export async function deleteCachedModel(_desk: Desk, id: string): Promise<void> {
  throw new MotherTongueError('StateError', `There is no cached model ${id}.`);
}
