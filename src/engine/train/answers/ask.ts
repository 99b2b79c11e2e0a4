/** One batch of answers: every prompt answered so many times by the adapter as it stands. What is drawn follows from the seed and the answers' numbers in the run alone. */
import type { SamplingSettings } from '../../../protocol/generation.ts';
import type { PromptRow } from '../../batch/prompt-rows.ts';
import type { Reply } from '../../generate/answer.ts';
import type { SpeakerName, World } from '../method.ts';

export interface Answers {
  /** One an answer; those of one prompt lie together. */
  readonly rows: readonly PromptRow[];
  readonly replies: readonly Reply[];
  /** In seconds. */
  readonly generation_time: number;
}

export interface Asked {
  readonly num_generations: number;
  /** Number of the first answer in the run: no two draw alike. */
  readonly first: number;
  readonly sampling: SamplingSettings;
  /** Absent: the adapter as it stands. */
  readonly of?: SpeakerName;
}

export async function ask(
  prompts: readonly PromptRow[],
  world: Pick<World, 'answer'>,
  { num_generations, first, sampling, of = 'adapter' }: Asked,
): Promise<Answers> {
  const started = performance.now();
  const rows = prompts.flatMap((prompt) => Array.from({ length: num_generations }, () => prompt));
  const asked = rows.map(({ ids }, r) => ({ ids, salt: first + r }));
  const replies = await world.answer(asked, sampling, of);
  return { rows, replies, generation_time: (performance.now() - started) / 1000 };
}
