/** From a run of distillation to the run of GRPO that it is compared with, and from both to their curves and their evaluation. */
import { BASE } from '../protocol/evaluation-run.ts';
import type { RunRecord, TrainingSettings } from '../protocol/training.ts';
import { baselineOf } from './baseline.ts';
import { choose, STANDING } from './evaluation.ts';
import { facts } from './facts.ts';
import { libraryStore } from './library.ts';
import { chooseRun, listLibrary } from './run-actions.ts';
import { takeSettings } from './settings.ts';

/** The form has the baseline's settings; those of before can be brought back. */
export function prepareBaseline(distilled: TrainingSettings, steps: number): void {
  const settings = baselineOf(distilled, steps, facts.getState().model);
  if (settings) takeSettings(settings);
}

/** Both runs over each other under Runs. */
export async function overlayRuns(ids: readonly string[]): Promise<void> {
  if (facts.getState().keptRuns === null) await listLibrary();
  libraryStore.setState({ chosen: [] });
  for (const id of ids) await chooseRun(id, true);
}

/** The base model and both runs' adapters as columns of the next evaluation. */
export function chooseAdaptersOf(runs: readonly Pick<RunRecord, 'id'>[]): void {
  const { kept, adapter: standing } = facts.getState();
  const columns = runs.flatMap(({ id }) => {
    const own = (kept?.adapters ?? []).filter(({ trained, checkpoint }) => trained?.run === id && !checkpoint);
    return own.slice(0, 1).map((one) => (standing && one.standing ? STANDING : one.id));
  });
  choose({ columns: [BASE, ...columns] });
}
