/**
 * Records as earlier versions of this page saved them -> as they are now; called wherever a record is read back (browser storage, run
 * checkpoints, kept adapters). Until 0.1, reasoning and answer stood under Harmony's channels, `analysis` and `final`.
 */
import type { ColumnMapping } from './dataset.ts';
import type { ColumnState } from './generation.ts';
import type { RolloutBatchRecord } from './rollouts.ts';
import type { AdherenceSample, RunRecord } from './training.ts';

type Renamed = ColumnState | AdherenceSample | ColumnMapping;

/** `thinking` and `content` of a record that may still have `analysis` and `final`. */
export function currentNames<X extends Renamed>(saved: X): X {
  const { analysis, final, ...now } = saved as X & { analysis?: string; final?: string };
  return { ...(analysis !== undefined && { thinking: analysis }), ...(final !== undefined && { content: final }), ...now } as X; // read from storage
}

export function currentRun(saved: RunRecord): RunRecord {
  return { ...saved, ...(saved.samples && { samples: saved.samples.map(currentNames) }) };
}

/** Answers that were kept before their prompts and their whole text were. */
export function currentRollouts(saved: RolloutBatchRecord): RolloutBatchRecord {
  if (saved.prompts) return saved;
  const rollouts = saved.rollouts.map((one) => ({ ...one, completion: `${one.thinking}${one.content}${one.rest}` }));
  return { ...saved, prompts: [], rollouts };
}
