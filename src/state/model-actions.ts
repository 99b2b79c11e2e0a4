/**
 * Actions about models: load one, bring back the one of the last visit, test the kernels, cancel a task. Errors become notices at their place.
 * Actions about the Hub are in hub-actions.ts.
 */
import { engine } from '../client/engine.ts';
import { MotherTongueError } from '../lib/errors.ts';
import type { CachedModel, FolderFile, ModelSource } from '../protocol/model.ts';
import { type ChosenModelState, chosenModelStore, freshChosenModel } from './chosen-model.ts';
import { facts } from './facts.ts';
import { filesOf, forgetFolder, mayRead, pickFolder, rememberedFolder, rememberFolder } from './folders.ts';
import { attempt } from './pending.ts';
import { followTemplates, settingsStore } from './settings.ts';

/** Attempts at opening a model, whatever its source. */
let opened = 0;
let sameVisit: ModelSource | null = null;

/** Whatever brings another model or other settings (a preset, those of a run): the template is one that the model has. */
export function keepTemplates(): void {
  const follow = (): void => followTemplates(facts.getState().model?.templates ?? [settingsStore.getState().settings.encoding.template]);
  facts.subscribe((now, before) => {
    if (now.model !== before.model) follow();
  });
  settingsStore.subscribe(follow);
}

/** Loads a model; it is remembered as soon as it is there, while its adapter is still on its way. True when it was loaded. `again`: what begins it anew after a cancel. */
export async function loadModel(source: ModelSource, again: () => unknown = () => loadModel(source)): Promise<boolean> {
  const mine = ++opened;
  chosenModelStore.setState({ opening: source.kind === 'bundled' ? '' : source.kind });
  const before = facts.getState().model;
  const leave = facts.subscribe(({ model }) => {
    if (mine === opened && model !== before && model?.source === source.kind) chosenModelStore.setState(chosenBy(source));
  });
  const loaded = await attempt('model', source.kind === 'hub' ? 'load-hub' : 'load-model', () => engine().loadModel(source), {
    again,
  });
  leave();
  if (mine !== opened) return false; // another model is being opened: what this one leaves is no longer true
  chosenModelStore.setState(loaded ? chosenBy(source) : { opening: '' });
  if (loaded) sameVisit = source;
  return loaded !== undefined;
}

/** The model that was opened last on this visit, for another engine: its files need no permission again. */
export async function openSameModel(): Promise<void> {
  const opening = chosenModelStore.getState().opening !== '';
  if (opening || !sameVisit || !(await loadModel(sameVisit))) await reopenModel();
}

function chosenBy(source: ModelSource): ChosenModelState {
  if (source.kind === 'bundled') return freshChosenModel;
  if (source.kind === 'folder') return { ...freshChosenModel, kind: 'folder', name: source.name };
  const { repository: name, revision, endpoint } = source; // never the token
  return { kind: 'hub', name, revision, endpoint, opening: '' };
}

export async function loadBundledModel(): Promise<void> {
  if (await loadModel({ kind: 'bundled' })) await forgetFolder();
}

/** A folder that came through an <input> or a drop: nothing is left of it after a reload but its name. */
export async function loadModelFolder(name: string, files: FolderFile[]): Promise<void> {
  if (await loadModel({ kind: 'folder', name, files })) await forgetFolder();
}

/** A folder through the browser's own picker; its handle is remembered. */
export async function pickModelFolder(): Promise<void> {
  const handle = await attempt('model', 'open-folder', () => pickFolder('model'));
  if (handle) await openHandle(handle);
}

/** The folder of the last visit, after the click that browsers require before a permission prompt. */
export async function reopenModelFolder(): Promise<void> {
  const handle = await rememberedFolder();
  if (!handle) return;
  const allowed = await attempt('model', 'open-folder', async () => {
    if (await mayRead(handle, true)) return true;
    throw new MotherTongueError(
      'FileError',
      `The browser was not allowed to read ${handle.name}; open the folder again to choose it anew.`,
    );
  });
  if (allowed) await openHandle(handle);
}

async function openHandle(handle: FileSystemDirectoryHandle): Promise<boolean> {
  const files = await attempt('model', 'open-folder', () => filesOf(handle));
  if (!files || !(await loadModel({ kind: 'folder', name: handle.name, files }))) return false;
  await rememberFolder(handle);
  return true;
}

/** At the start of a visit: the model of the last one where it can be opened without asking, else the bundled one. */
export async function reopenModel(): Promise<void> {
  const chosen = chosenModelStore.getState();
  chosenModelStore.setState({ opening: '' });
  const back =
    chosen.opening === '' &&
    ((chosen.kind === 'hub' && (await reopenCached(chosen))) || (chosen.kind === 'folder' && (await reopenFolder())));
  if (back) return;
  // Under a name of its own, so that the reason why the other did not open stays; and the choice stays, to be offered again.
  await loadBundled();
}

/** The bundled model for lack of another, which stays the chosen one. */
export async function loadBundled(): Promise<void> {
  await attempt('model', 'load-bundled', () => engine().loadModel({ kind: 'bundled' }), { again: loadBundled });
}

async function reopenFolder(): Promise<boolean> {
  const handle = await rememberedFolder();
  return handle !== null && (await mayRead(handle, false)) && (await openHandle(handle));
}

async function reopenCached(chosen: ChosenModelState): Promise<boolean> {
  const cached = (await cachedModels()).find((model) => isChosen(model, chosen));
  if (!cached?.complete) return false;
  const { repository, revision, endpoint } = cached;
  return loadModel({ kind: 'hub', repository, revision, endpoint });
}

export function isChosen(model: Pick<CachedModel, 'repository' | 'revision' | 'endpoint'>, chosen: ChosenModelState): boolean {
  return (
    chosen.kind === 'hub' && model.repository === chosen.name && model.revision === chosen.revision && model.endpoint === chosen.endpoint
  );
}

const TOLD_WITHIN_MS = 3000;

/** The cached models; they travel as an event, which comes a frame after the call has ended. */
async function cachedModels(): Promise<CachedModel[]> {
  await attempt('model', 'list-cached', () => engine().listCachedModels());
  const listed = facts.getState().cachedModels;
  if (listed) return listed;
  return new Promise((resolve) => {
    const timer = setTimeout(() => done([]), TOLD_WITHIN_MS);
    const leave = facts.subscribe(({ cachedModels: models }) => models && done(models));
    const done = (models: CachedModel[]) => {
      clearTimeout(timer);
      leave();
      resolve(models);
    };
  });
}

export async function selfTest(): Promise<void> {
  await attempt('model', 'self-test', () => engine().selfTest(), { again: selfTest });
}

export async function cancelTask(task: string): Promise<void> {
  if (facts.getState().tasks[task]) await attempt('model', `cancel-${task}`, () => engine().cancel(task));
}
