/** Actions about the kept adapters: choose another, take one along, rename, delete and have back. Errors become notices under Runs. */
import { engine } from '../client/engine.ts';
import type { ExportBundle } from '../protocol/engine.ts';
import { attempt } from './pending.ts';

export async function standAdapter(id: string): Promise<void> {
  await attempt('runs', 'stand', () => engine().standAdapter(id));
}

export async function exportKeptAdapter(id: string): Promise<ExportBundle | undefined> {
  return attempt('runs', 'export-kept', () => engine().exportKeptAdapter(id));
}

/** True when it has the new name. */
export async function renameAdapter(id: string, name: string): Promise<boolean> {
  return (
    (await attempt('runs', 'rename', async () =>
      engine()
        .renameAdapter(id, name)
        .then(() => true),
    )) ?? false
  );
}

/** True when it is gone from the list; it can be had back until `purgeRuns`. */
export async function deleteAdapter(id: string): Promise<boolean> {
  return (
    (await attempt('runs', 'delete', async () =>
      engine()
        .deleteAdapter(id)
        .then(() => true),
    )) ?? false
  );
}

export async function undeleteAdapter(id: string): Promise<void> {
  await attempt('runs', 'delete', () => engine().undeleteAdapter(id));
}
