/** What a run trains on, by its method: the dataset's rows as tokens, or its prompts. */
import { formatInteger, formatPlural } from '../../lib/format.ts';
import type { ReadinessFinding, RunRecord, TrainingSettings } from '../../protocol/training.ts';
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

/**
 * Rows that are not asked, with the first reason. Prompts that are too long for the model beside the answer are said apart, with the length of answers
 * that leaves room for all of them; nothing is cut.
 */
export function unasked({ rows, problems, tooLong }: PromptRows, positions: number, new_tokens: number): ReadinessFinding[] {
  const all = rows.length + problems.length;
  const others = problems.filter(({ kind }) => kind !== 'too-long');
  return [
    ...(tooLong.length > 0 ? [withoutRoom(tooLong, all, positions, new_tokens)] : []),
    ...(others[0] ? [notAsked(others.length, all, others[0].message)] : []),
  ];
}

function notAsked(count: number, all: number, first: string): ReadinessFinding {
  return { place: 'data', sentence: `${formatPlural(count, 'row')} of ${all} ${count === 1 ? 'is' : 'are'} not asked. ${first}` };
}

function withoutRoom(tooLong: readonly number[], all: number, positions: number, new_tokens: number): ReadinessFinding {
  const longest = tooLong.reduce((most, one) => Math.max(most, one));
  const count = `${formatInteger(tooLong.length)} of ${formatPlural(all, 'prompt')} ${tooLong.length === 1 ? 'is' : 'are'} left out`;
  const limits = `prompt and max_completion_length ${formatInteger(new_tokens)} must fit the model’s ${formatInteger(positions)} positions, and the longest prompt has ${formatInteger(longest)}`;
  const max_completion_length = positions - longest;
  if (max_completion_length < 1) return { place: 'data', sentence: `${count}: ${limits}. Shorten the questions.` };
  const mend = { label: `Use ${formatInteger(max_completion_length)} tokens: all are asked then`, max_completion_length };
  return { place: 'data', sentence: `${count}: ${limits}.`, mend };
}

/** Of so many rows that are not asked the record of a run has the reason. */
const LISTED = 100;

/** Rows that a run on prompts does not ask, for its record; undefined where there are none. */
export async function rowsNotAsked(engine: EngineState, settings: TrainingSettings): Promise<RunRecord['left_out']> {
  if (!learnsFromAnswers(settings.method)) return undefined;
  const { problems } = await promptsOf(engine, settings);
  if (problems.length === 0) return undefined;
  return { count: problems.length, rows: problems.slice(0, LISTED).map(({ row, message }) => ({ row, sentence: message })) };
}
