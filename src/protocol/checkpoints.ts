/** Checkpoints of a run: adapters as they were after every so many steps, by the names of transformers' TrainingArguments; how many stay, and their size. */
import type { TrainingSettings } from './training.ts';

/** transformers keeps all of them; a browser's storage is small. */
export const checkpointDefaults = { save_steps: 500, save_total_limit: 5 } as const;

type CheckpointSettings = Pick<TrainingSettings, 'save_steps' | 'save_total_limit'>;

/** Not before the first step, and the last one leaves the adapter itself. */
export function isCheckpoint({ save_steps = checkpointDefaults.save_steps }: CheckpointSettings, step: number, steps: number): boolean {
  return save_steps > 0 && step > 0 && step < steps && step % save_steps === 0;
}

export function checkpointLimit({ save_total_limit = checkpointDefaults.save_total_limit }: CheckpointSettings): number {
  return save_total_limit;
}

/** How many are there when the run ends. */
export function checkpointsKept(settings: CheckpointSettings, steps: number): number {
  const { save_steps = checkpointDefaults.save_steps } = settings;
  const made = save_steps > 0 ? Math.ceil(steps / save_steps) - 1 : 0;
  return Math.max(0, Math.min(made, checkpointLimit(settings)));
}
