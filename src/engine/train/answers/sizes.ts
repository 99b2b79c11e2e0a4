/** Sizes that a run needs which learns from answers of its own: none is known yet, so they follow from its prompts and from the longest answer allowed. */
import { MotherTongueError } from '../../../lib/errors.ts';
import { formatInteger } from '../../../lib/format.ts';
import { wholeTiles } from '../../batch/buckets.ts';
import type { Shape } from '../../batch/pack.ts';
import type { PromptRow } from '../../batch/prompt-rows.ts';
import { type GenerationSizes, sharedSizes } from '../../generate/generator.ts';

/** Tokens of the longest prompt. Throws where there is none, or where an answer has no room after it. */
export function longestPrompt(prompts: readonly PromptRow[], new_tokens: number, positions: number): number {
  if (prompts.length === 0)
    throw new MotherTongueError('DatasetError', 'No row of the dataset has a question that can be asked; the list of problems says why.');
  const long = prompts.reduce((most, one) => (one.ids.length > most.ids.length ? one : most));
  if (long.ids.length + new_tokens <= positions) return long.ids.length;
  throw new MotherTongueError(
    'SettingsError',
    `Row ${long.row} has ${formatInteger(long.ids.length)} tokens before its answer and this model has ${formatInteger(positions)} positions, so max_completion_length must be at most ${formatInteger(positions - long.ids.length)}.`,
  );
}

/** Shares of the longest micro-batch: answers are mostly shorter than allowed, and some are left out. */
const SHARES = [1 / 16, 1 / 8, 3 / 16, 1 / 4, 3 / 8, 1 / 2, 1];

/** Of micro-batches of so many answers, some of which may be left out with their prompts. */
export function answerShapes(rows: number, prompt: number, completion: number): Shape[] {
  const all = SHARES.map((share) => ({ T: wholeTiles(share * rows * (prompt + completion)), M: wholeTiles(share * rows * completion) }));
  return all.filter(({ T }, i) => T !== all[i - 1]?.T);
}

/** Of the longest answers, where hardly any is left out: all prompts are there, and what differs is how long the answers are. */
const SHARES_OF_ANSWERS = [1 / 8, 1 / 4, 3 / 8, 1 / 2, 3 / 4, 1];

/** Of micro-batches of so many answers in two streams: each of them behind a prompt of `prompt` tokens, and behind one of `beside`, at most. */
export function twofoldShapes(
  rows: number,
  { prompt, beside, completion }: Record<'prompt' | 'beside' | 'completion', number>,
): Required<Shape>[] {
  const all = SHARES_OF_ANSWERS.map((share) => ({
    T: wholeTiles(rows * (prompt + share * completion)),
    M: wholeTiles(rows * share * completion),
    beside: wholeTiles(rows * (beside + share * completion)),
  }));
  return all.filter(({ M }, i) => M !== all[i + 1]?.M); // of those with the same room for answers the one with the most for prompts
}

/** Of a batch of `answers` answers to `prompts` of the prompts, whichever they are. */
export function answeringSizes(
  lengths: readonly number[],
  { answers, prompts, new_tokens }: Record<'answers' | 'prompts' | 'new_tokens', number>,
  positions: number,
): GenerationSizes {
  const longest = [...lengths].sort((a, b) => b - a).slice(0, prompts);
  return sharedSizes(answers, { longest: longest[0]!, prompts: longest.reduce((a, b) => a + b, 0), new_tokens }, positions);
}
