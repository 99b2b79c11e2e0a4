/**
 * The dataset as the prompts of a run that learns from answers of its own. Where a run has the settings of distillation, each problem is one prompt a language,
 * with a teacher's prompt beside it; so has a run of GRPO that is to be compared with one, and it leaves the teacher's aside.
 */
import { longestAnswer } from '../../protocol/answer-lengths.ts';
import { distillationDefaults } from '../../protocol/distillation.ts';
import type { TrainingSettings } from '../../protocol/training.ts';
import { type ProblemSettings, problemRows } from '../batch/problem-rows.ts';
import { type PromptRows, promptRows } from '../batch/prompt-rows.ts';
import type { TextModel } from '../chat/open-text.ts';
import type { Dataset } from '../data/dataset.ts';

type PromptedRun = Pick<TrainingSettings, 'method' | 'encoding' | 'grpo' | 'distillation'>;

/** `positions`: of the model. */
export function promptsOfRun(
  dataset: Dataset,
  settings: PromptedRun,
  text: TextModel,
  positions: number,
  signal?: AbortSignal,
): Promise<PromptRows> {
  const longest = positions - longestAnswer(settings);
  return settings.method === 'distillation' || settings.distillation
    ? problemRows(dataset, problemSettings(settings, positions), text, signal)
    : promptRows(dataset, { ...settings.encoding, longest }, text, signal);
}

/** A baseline asks as evaluations ask, without the label of the problem. */
export function problemSettings(settings: PromptedRun, positions: number): ProblemSettings {
  const problem_label = settings.method === 'distillation';
  const longest = positions - longestAnswer(settings);
  return { ...settings.encoding, ...distillationDefaults, ...settings.distillation, problem_label, longest };
}
