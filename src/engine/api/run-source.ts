/** What a run trains on, by its method: the dataset's rows as tokens, or its prompts. */
import { formatPlural } from '../../lib/format.ts';
import type { ReadinessFinding, TrainingSettings } from '../../protocol/training.ts';
import type { PromptRows } from '../batch/prompt-rows.ts';
import { learnsFromAnswers } from '../train/index.ts';
import { encodedSoFar, encodedWhole } from './encoding.ts';
import type { EngineState } from './engine-state.ts';
import { promptsOf } from './prompts.ts';
import type { RunSource } from './run-plan.ts';

/** Of rows perhaps a sample, while the rest is encoded in the background. */
export async function sourceSoFar(engine: EngineState, settings: TrainingSettings): Promise<RunSource> {
  return learnsFromAnswers(settings.method) ? promptsOf(engine, settings) : encodedSoFar(engine, settings.encoding);
}

export async function wholeSource(
  engine: EngineState,
  settings: TrainingSettings,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<RunSource> {
  return learnsFromAnswers(settings.method) ? promptsOf(engine, settings) : encodedWhole(engine, settings.encoding, signal, onProgress);
}

/** Rows that are not asked, with the first reason. */
export function unasked({ rows, problems }: PromptRows): ReadinessFinding[] {
  const [first] = problems;
  if (!first) return [];
  const count = formatPlural(problems.length, 'row');
  const verb = problems.length === 1 ? 'is' : 'are';
  return [{ place: 'data', sentence: `${count} of ${rows.length + problems.length} ${verb} not asked. ${first.message}` }];
}
