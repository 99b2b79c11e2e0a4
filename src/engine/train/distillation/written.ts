/**
 * What a step learns from: an answer to each of its prompts, by the student as it stands or from the dataset (GKD's off-policy share). Which prompts take
 * the dataset's answer follows from the seed and the step alone, and over a run their share is exact.
 */
import { Random } from '../../../lib/random.ts';
import type { DistillationSettings } from '../../../protocol/distillation.ts';
import type { PromptRow } from '../../batch/prompt-rows.ts';
import type { Reply } from '../../generate/answer.ts';
import { ask } from '../answers/ask.ts';
import type { World } from '../method.ts';

/** A row with the teacher's prompt beside the student's. */
export type TaughtRow = PromptRow & Required<Pick<PromptRow, 'teacher'>>;

export interface Written {
  readonly row: TaughtRow;
  /** At least one. */
  readonly ids: Uint32Array;
  readonly cut: boolean;
  /** The student's reply; null: the dataset's answer. */
  readonly reply: Reply | null;
}

/** Of the prompts of step `step`, counted from 0, those that take the dataset's answer, by their places. */
export function fromDataset(step: number, prompts: number, lmbda: number, seed: number): Set<number> {
  const until = (steps: number): number => Math.floor(steps * prompts * (1 - lmbda) + 1e-6);
  const count = until(step + 1) - until(step);
  const places = Array.from({ length: prompts }, (_, i) => i);
  const random = new Random(`${seed}:${step}`);
  for (let i = 0; i < count; i++) {
    const other = i + Math.floor(random.uniform() * (prompts - i));
    [places[i], places[other]] = [places[other]!, places[i]!];
  }
  return new Set(places.slice(0, count));
}

export interface Writing {
  readonly settings: DistillationSettings;
  readonly seed: number;
  /** Counted from 0. */
  readonly step: number;
}

/** `num_generations` answers to each prompt, in the order of the prompts, and how long the student took for its own. */
export async function writeAnswers(
  prompts: readonly TaughtRow[],
  world: Pick<World, 'answer'>,
  { settings, seed, step }: Writing,
): Promise<{ readonly answers: readonly Written[]; readonly generation_time: number }> {
  const { num_generations, lmbda, generation_temperature: temperature, top_p, top_k, min_p, max_completion_length } = settings;
  const given = fromDataset(step, prompts.length, lmbda, seed);
  const asked = prompts.filter((_, i) => !given.has(i));
  const sampling = { temperature, top_p, top_k, min_p, max_new_tokens: max_completion_length, seed };
  const first = step * prompts.length * num_generations;
  const { replies, generation_time } =
    asked.length === 0 ? { replies: [], generation_time: 0 } : await ask(asked, world, { num_generations, first, sampling });
  let next = 0;
  const answers = prompts.flatMap((row, i) =>
    Array.from(
      { length: num_generations },
      (): Written => (given.has(i) ? ofDataset(row, max_completion_length) : ofStudent(row, replies[next++]!)),
    ),
  );
  return { answers, generation_time };
}

function ofStudent(row: TaughtRow, reply: Reply): Written {
  return { row, ids: Uint32Array.from(reply.ids), cut: reply.stop !== 'eos', reply };
}

/** Its beginning, where the whole is longer than an answer may be: each of its tokens teaches by itself. */
function ofDataset(row: TaughtRow, longest: number): Written {
  const all = row.completion!;
  return { row, ids: all.subarray(0, longest), cut: all.length > longest, reply: null };
}
