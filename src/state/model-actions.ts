/** What can be asked of the engine about models: load one, test the kernels, cancel a task. Errors become notices at their place. */
import { engine } from '../client/engine.ts';
import type { FolderFile } from '../protocol/model.ts';
import { facts } from './facts.ts';
import { attempt } from './pending.ts';
import { viewStore } from './view.ts';

export async function loadBundledModel(): Promise<void> {
  await attempt('model', 'load-model', () => engine().loadModel({ kind: 'bundled' }));
}

export async function loadModelFolder(name: string, files: FolderFile[]): Promise<void> {
  const loaded = await attempt('model', 'load-model', () => engine().loadModel({ kind: 'folder', name, files }));
  if (loaded) viewStore.setState({ lastFolder: name });
}

export async function selfTest(): Promise<void> {
  await attempt('model', 'self-test', () => engine().selfTest());
}

export async function cancelTask(task: string): Promise<void> {
  if (facts.getState().tasks[task]) await attempt('model', `cancel-${task}`, () => engine().cancel(task));
}
