/**
 * Datasets from elsewhere: a file of a dataset's repository on the Hub, compared with the hash that the Hub states, or an address. They are fetched in
 * pieces that the browser may put on the disk, with progress, and can be cancelled; nothing of them is kept.
 */
import { createSHA1, createSHA256 } from 'hash-wasm';
import { MotherTongueError } from '../../lib/errors.ts';
import type { HubDatasetOffer, HubDatasetSource } from '../../protocol/dataset.ts';
import type { HubRepository } from '../../protocol/model.ts';
import { type Connection, connect, explainFailure, RETRY_POLICY } from '../files/hub/connection.ts';
import { datasetFiles } from '../files/hub/dataset-files.ts';
import { FileChanged, fetchRange } from '../files/hub/fetch-range.ts';
import { fileUrl, type HubFile, listRepository } from '../files/hub/listing.ts';
import { PauseSignal } from '../files/hub/pause-signal.ts';
import type { Bytes } from '../files/source.ts';
import type { EngineState } from './engine-state.ts';
import { atMostEvery, cancellable, checkNames, REQUESTS } from './hub.ts';

const PIECE = 8 * 2 ** 20;
const TASK = 'dataset-fetch';

/** A newer question cancels an older one. */
export async function hubDataset(engine: EngineState, given: HubRepository): Promise<HubDatasetOffer> {
  const { repository, revision, endpoint, token } = checkNames(given);
  const connection = connect(endpoint, repository, token, REQUESTS, 'datasets');
  const { commit, files } = await engine.task('hub-dataset', `Asking ${new URL(endpoint).host} about ${repository}`, 'bytes', (signal) =>
    cancellable(signal, repository, () => listRepository(connection, revision, signal)),
  );
  const found = datasetFiles(files);
  if (found.length === 0)
    throw new MotherTongueError(
      'DatasetError',
      `${repository} has no Parquet, JSONL, JSON, CSV or TSV file at ${revision}; choose another dataset or revision.`,
    );
  return { repository, revision, endpoint, commit, files: found };
}

/** Ends with the task that reads the dataset, too. */
export async function fetchHubDataset(
  engine: EngineState,
  source: HubDatasetSource,
  reading: AbortSignal,
): Promise<{ blob: Blob; name: string }> {
  const { repository, revision, endpoint, token, path } = source;
  checkNames(source);
  const connection = connect(endpoint, repository, token, RETRY_POLICY, 'datasets');
  const blob = await engine.task(TASK, `Fetching ${path} of ${repository}`, 'bytes', (own, progress) => {
    const signal = AbortSignal.any([own, reading]);
    return cancellable(signal, repository, async () => {
      const { commit, files } = await listRepository(connection, revision, signal);
      const file = files.find((one) => one.path === path);
      if (!file) throw new MotherTongueError('DatasetError', `${repository} has no ${path} at ${revision}; look at its files again.`);
      return fetchFile(connection, commit, file, signal, atMostEvery(100, progress));
    });
  });
  return { blob, name: `${repository}/${path}` };
}

async function fetchFile(
  connection: Connection,
  commit: string,
  { path, size, sha256, sha1 }: HubFile,
  signal: AbortSignal,
  progress: (done: number, total: number, label: string) => void,
): Promise<Blob> {
  const label = `Fetching ${path}`;
  const hasher = await (sha256 ? createSHA256() : createSHA1());
  hasher.init();
  if (!sha256) hasher.update(`blob ${size}\0`); // as git does
  const parts: Blob[] = [];
  let done = 0;
  const request = { url: fileUrl(connection, commit, path), path, size, pause: new PauseSignal(), signal, onEtag: () => undefined };
  const onBytes = (count: number): void => {
    done += count;
    progress(done, size, label);
  };
  connection.report = (text) => progress(done, size, text);
  const buffer: Bytes = new Uint8Array(Math.min(PIECE, size));
  try {
    for (let from = 0; from < size; from += PIECE) {
      const to = Math.min(size, from + PIECE);
      await fetchRange(connection, { ...request, from, to, into: buffer, onBytes });
      const piece = buffer.subarray(0, to - from);
      hasher.update(piece);
      parts.push(new Blob([piece]));
    }
  } catch (error) {
    if (error instanceof FileChanged) throw changed(path, connection);
    throw explainFailure(error, `${path} of ${connection.repository}`, connection);
  }
  const stated = sha256 ?? sha1;
  if (stated !== undefined && hasher.digest() !== stated) throw changed(path, connection);
  return new Blob(parts);
}

function changed(path: string, { repository, endpoint }: Connection): MotherTongueError {
  return new MotherTongueError(
    'DatasetError',
    `${path} of ${repository} is not what ${endpoint} lists; look at its files again and open it anew.`,
  );
}

/** Any address whose server lets other pages read it. */
export async function fetchAddress(engine: EngineState, url: string, reading: AbortSignal): Promise<{ blob: Blob; name: string }> {
  if (!/^https?:\/\/./i.test(url) || !URL.canParse(url))
    throw new MotherTongueError('DatasetError', `"${url}" is not an address; write it with https:// and the name of a file.`);
  const { host, pathname } = new URL(url);
  const blob = await engine.task(TASK, `Fetching from ${host}`, 'bytes', (own, progress) =>
    readAddress(url, AbortSignal.any([own, reading]), atMostEvery(100, progress)),
  );
  return { blob, name: nameOf(pathname) };
}

function nameOf(pathname: string): string {
  const last = pathname.split('/').pop() || 'dataset';
  try {
    return decodeURIComponent(last);
  } catch {
    return last; // a percent sign that stands for itself
  }
}

async function readAddress(
  url: string,
  signal: AbortSignal,
  progress: (done: number, total: number, label: string) => void,
): Promise<Blob> {
  try {
    const response = await fetch(url, { signal, credentials: 'omit', referrerPolicy: 'no-referrer' });
    if (!response.ok) throw new MotherTongueError('DatasetError', `${url} answered with status ${response.status}; check the address.`);
    // The stated size is of the packed bytes where the server packs them.
    const total = response.headers.get('Content-Encoding') ? 0 : Number(response.headers.get('Content-Length') ?? 0);
    const parts: Blob[] = [];
    let done = 0;
    const reader = response.body?.getReader();
    for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
      parts.push(new Blob([piece.value]));
      done += piece.value.length;
      progress(done, total, `Fetching from ${new URL(url).host}`);
    }
    return new Blob(parts);
  } catch (error) {
    if (signal.aborted) throw new MotherTongueError('Cancelled', `Fetching ${url} was cancelled; nothing of it is kept.`);
    if (error instanceof MotherTongueError) throw error;
    throw new MotherTongueError(
      'DatasetError',
      `${url} could not be reached; check the address, or that its server allows other pages to read it (CORS), or download the file and drop it here.`,
    );
  }
}
