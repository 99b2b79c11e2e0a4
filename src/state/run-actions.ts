/** Actions about kept runs: list, choose for the chart, open, rename, resume, delete and have back. Errors become notices under Runs. */
import { engine } from '../client/engine.ts';
import { libraryStore } from './library.ts';
import { attempt } from './pending.ts';

/** As many as the chart has colours for. */
const MAX_CHOSEN = 10;

/** True when an action went through. */
async function done(name: string, action: () => Promise<void>): Promise<boolean> {
  return (await attempt('runs', name, () => action().then(() => true))) ?? false;
}

/** Where no model was opened, with which the engine lists them. */
export async function listLibrary(): Promise<void> {
  await done('list', async () => {
    await engine().listKeptAdapters();
    await engine().listRuns();
  });
}

/** Into the chart, or out of it. */
export async function chooseRun(id: string, on: boolean): Promise<void> {
  const { chosen } = libraryStore.getState();
  const others = chosen.filter((other) => other !== id);
  libraryStore.setState({ chosen: on ? [...others, id].slice(-MAX_CHOSEN) : others });
  if (!on) return;
  const record = await attempt('runs', 'read-run', () => engine().keptRun(id));
  if (record) libraryStore.setState(({ records }) => ({ records: { ...records, [id]: record } }));
  else libraryStore.setState(({ chosen: now }) => ({ chosen: now.filter((other) => other !== id) }));
}

/** Its charts, settings and samples in Train. */
export function showRun(id: string): Promise<boolean> {
  return done('read-run', () => engine().showRun(id));
}

export function renameRun(id: string, name: string): Promise<boolean> {
  return done('rename', () => engine().renameRun(id, name));
}

/** Resolves when the run is over; Train shows how it goes on. */
export function resumeKeptRun(id: string): Promise<boolean> {
  return done('resume-run', () => engine().resumeRun(id));
}

/** True when it is gone from the list, with its adapters; it can be had back until `purgeRuns`. */
export async function deleteRun(id: string): Promise<boolean> {
  const gone = await done('delete', () => engine().deleteRun(id));
  if (gone) await chooseRun(id, false);
  return gone;
}

export async function undeleteRun(id: string): Promise<void> {
  await done('delete', () => engine().undeleteRun(id));
}

/** Frees what deleted runs and adapters take; at the start of a visit too, where a closed tab left some. */
export async function purgeRuns(): Promise<void> {
  await done('delete', () => engine().purgeRuns());
}
