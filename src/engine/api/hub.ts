/** The Hub as the page uses it: an offer for a repository, the download while a model is loaded, and the models cached in this browser. */
import { MotherTongueError } from '../../lib/errors.ts';
import type { HubOffer, HubRepository } from '../../protocol/model.ts';
import { askDisk, askHub, type HubAnswer } from '../files/hub/ask-hub.ts';
import { openCachedModel } from '../files/hub/cached-directory.ts';
import { type Connection, connect, RETRY_POLICY, type RetryPolicy } from '../files/hub/connection.ts';
import type { Disk } from '../files/hub/disk.ts';
import { fetchModel, notEnoughStorage, storageNeed } from '../files/hub/fetch-model.ts';
import {
  deleteModel,
  describeModel,
  findModel,
  listModels,
  type ModelRecord,
  modelId,
  storedOf,
  touchModel,
} from '../files/hub/model-cache.ts';
import { PauseSignal } from '../files/hub/pause-signal.ts';
import type { Directory } from '../files/source.ts';
import { parseModelConfig } from '../models/config.ts';
import type { EngineState } from './engine-state.ts';

/** Someone waits for the answer to a question, while a download may take its time. */
export const REQUESTS: RetryPolicy = { ...RETRY_POLICY, stall: 10_000, attempts: 4 };
/** When the model is here whole, the only request is whether its revision moved, with a short limit. */
const BRIEF: RetryPolicy = { ...RETRY_POLICY, stall: 4000, attempts: 1 };

/** A newer question cancels an older one, and so does the page when another repository is typed. */
export async function hubOffer(engine: EngineState, given: HubRepository): Promise<HubOffer> {
  const { repository, endpoint } = checkNames(given);
  return engine.task('hub-offer', `Asking ${new URL(endpoint).host} about ${repository}`, 'bytes', (signal) =>
    cancellable(signal, repository, () => makeOffer(engine, given, signal)),
  );
}

async function makeOffer(engine: EngineState, given: HubRepository, signal: AbortSignal): Promise<HubOffer> {
  const { repository, revision, endpoint } = given;
  const id = await modelId(given);
  const kept = engine.models && (await keptModel(engine.models, id));
  const answer = await askOrRecall(engine, given, id, kept, signal);
  const { commit, files } = answer;
  const stored = engine.models && kept ? await storedOfAll(engine.models, id, answer) : 0;
  const space = engine.models && (await storageNeed(engine.models, id, files, commit));
  const nowhere = `This browser stores no files for this page, as in private windows; download the files of ${repository} and open their folder instead.`;
  const blocker = answer.blocker ?? (space ? notEnoughStorage(repository, space) : nowhere);
  return {
    repository,
    revision,
    endpoint,
    commit,
    files: files.map(({ path, size }) => ({ path, bytes: size })),
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    stored,
    needed: space?.needed ?? 0,
    storage: space?.free ?? null,
    config: configOf(answer.config),
    ...(blocker && { blocker }),
  };
}

/**
 * Fetches what is missing into this browser's storage and gives the repository as a directory that is read in place; close it after use. A model
 * that is complete here is opened without a request, unless `commit` (of an offer) names another.
 */
export async function hubDirectory(
  engine: EngineState,
  given: HubRepository & { commit?: string },
  signal: AbortSignal,
  progress: (done: number, total: number, label?: string) => void,
): Promise<Directory> {
  checkNames(given);
  const disk = needModels(engine);
  const id = await modelId(given);
  const whole = await keptModel(disk, id).then((kept) => (kept?.complete ? kept.record : null));
  const here = whole && (given.commit ?? whole.commit) === whole.commit;
  const record = here ? whole : await fetchMissing(engine, disk, id, given, signal, progress);
  if (here) await touchModel(disk, id);
  return openCachedModel(disk, id, record);
}

async function fetchMissing(
  engine: EngineState,
  disk: Disk,
  id: string,
  { repository, revision, endpoint, token }: HubRepository,
  signal: AbortSignal,
  progress: (done: number, total: number, label?: string) => void,
): Promise<ModelRecord> {
  progress(0, 0, `Asking ${new URL(endpoint).host} about ${repository}`);
  const ask = (connection: Connection) => askHub(connection, revision, disk, id, judge(repository), signal);
  const answer = await cancellable(signal, repository, () => ask(connect(endpoint, repository, token, REQUESTS)));
  if (answer.blocker) throw new MotherTongueError('ModelError', answer.blocker);
  const connection = connect(endpoint, repository, token, RETRY_POLICY);
  const pause = new PauseSignal();
  engine.download = pause;
  try {
    const options = { pause, signal, onProgress: atMostEvery(100, progress) };
    const again = () => ask(connection);
    return await cancellable(signal, repository, () => fetchModel(disk, id, connection, revision, answer, again, options));
  } finally {
    if (engine.download === pause) engine.download = null;
    if (pause.paused) engine.emit({ type: 'download-paused', paused: false });
    await listCachedModels(engine);
  }
}

export async function pauseDownload(engine: EngineState, paused: boolean): Promise<void> {
  if (!engine.download) throw new MotherTongueError('StateError', 'No model is being fetched, so there is nothing to hold.');
  if (paused) engine.download.pause();
  else engine.download.resume();
  engine.emit({ type: 'download-paused', paused });
}

export async function listCachedModels(engine: EngineState): Promise<void> {
  engine.emit({ type: 'cached-models', models: engine.models ? await listModels(engine.models) : [] });
}

export async function deleteCachedModel(engine: EngineState, id: string): Promise<void> {
  await deleteModel(needModels(engine), id);
  await listCachedModels(engine);
}

interface Kept {
  record: ModelRecord;
  complete: boolean;
}

async function keptModel(disk: Disk, id: string): Promise<Kept | null> {
  const record = await findModel(disk, id);
  return record && { record, complete: (await describeModel(disk, id, record)).complete };
}

async function storedOfAll(disk: Disk, id: string, { commit, files }: HubAnswer): Promise<number> {
  const folder = await disk.folder(id);
  const states = await Promise.all(files.map((file) => storedOf(folder, file, commit)));
  return states.reduce((sum, { stored }) => sum + stored, 0);
}

/** A model that is here whole needs no network: a commit never moves, and of a branch that cannot be asked about the last known commit counts. */
async function askOrRecall(
  engine: EngineState,
  given: HubRepository,
  id: string,
  kept: Kept | null,
  signal: AbortSignal,
): Promise<HubAnswer> {
  const { repository, revision, endpoint, token } = given;
  const recalled = engine.models && kept?.complete ? await askDisk(engine.models, id, kept.record) : null;
  if (recalled && recalled.commit === revision) return recalled;
  const connection = connect(endpoint, repository, token, recalled ? BRIEF : REQUESTS);
  try {
    return await askHub(connection, revision, engine.models, id, judge(repository), signal);
  } catch (error) {
    if (recalled && !signal.aborted) return recalled;
    throw error;
  }
}

/** The family check of models/config.ts: its error sentence, or nothing. */
export function judge(repository: string): (config: string) => string | undefined {
  return (config) => {
    try {
      parseModelConfig(config, repository);
      return undefined;
    } catch (error) {
      if (error instanceof MotherTongueError && error.name === 'ModelError') return error.message;
      throw error;
    }
  };
}

/** Empty where the text is no JSON object; the blocker states that. */
function configOf(text: string): Record<string, unknown> {
  try {
    const config: unknown = JSON.parse(text);
    return typeof config === 'object' && config !== null ? (config as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

export function checkNames<X extends HubRepository>(given: X): X {
  const { repository, revision } = given;
  const problem = (what: string): MotherTongueError => new MotherTongueError('SettingsError', what);
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository) || repository.includes('..')) {
    throw problem(`"${repository}" is not a repository's name; write it as owner/name, for example openai/gpt-oss-20b.`);
  }
  if (revision.trim() === '') throw problem('The revision is empty; write a branch, tag or commit, for example main.');
  return checkEndpoint(given);
}

export function checkEndpoint<X extends Pick<HubRepository, 'endpoint' | 'token'>>(given: X): X {
  const { endpoint, token } = given;
  const problem = (what: string): MotherTongueError => new MotherTongueError('SettingsError', what);
  if (!/^https?:\/\/[^\s/]/.test(endpoint) || !URL.canParse(endpoint)) {
    throw problem(`"${endpoint}" is not an address of a Hub; write it with https://, for example https://huggingface.co.`);
  }
  const { protocol, hostname } = new URL(endpoint);
  if (token && protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname)) {
    throw problem(`A token is not sent to ${endpoint} in the clear; write the endpoint with https:// or leave the token out.`);
  }
  return given;
}

export function needModels(engine: EngineState): Disk {
  if (engine.models) return engine.models;
  throw new MotherTongueError(
    'StateError',
    'This browser stores no files for this page, as in private windows; open the model from a folder.',
  );
}

export async function cancellable<X>(signal: AbortSignal, repository: string, work: () => Promise<X>): Promise<X> {
  try {
    return await work();
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new MotherTongueError(
      'Cancelled',
      `Fetching ${repository} was cancelled; what was fetched is kept and need not be fetched again.`,
    );
  }
}

/** Passes on new labels at once, and numbers at most every `ms`. */
export function atMostEvery(ms: number, progress: (done: number, total: number, label?: string) => void) {
  let last = Number.NEGATIVE_INFINITY;
  let shown = '';
  return (done: number, total: number, label: string): void => {
    const now = performance.now();
    if (label === shown && done < total && now - last < ms) return;
    last = now;
    shown = label;
    progress(done, total, label);
  };
}
