/**
 * `reason_first`: before the teacher reads an answer, it writes an analysis of the solution that it is shown, as the model without its adapter and drawn like
 * answers; its prompt then goes on behind that. One analysis a prompt and step.
 */
import type { DistillationSettings } from '../../../protocol/distillation.ts';
import { type ProblemSettings, teacherAfter } from '../../batch/problem-rows.ts';
import type { Reply } from '../../generate/answer.ts';
import { ask } from '../answers/ask.ts';
import type { World } from '../method.ts';
import type { TaughtRow } from './written.ts';

export interface Analysing {
  readonly settings: DistillationSettings;
  readonly problems: ProblemSettings;
  readonly seed: number;
  /** Counted from 0. */
  readonly step: number;
}

/** The rows with the teacher's prompts behind its analyses, each at most `max_reasoning_length` longer than before. */
export async function withAnalyses(
  rows: readonly TaughtRow[],
  world: Pick<World, 'answer' | 'text'>,
  { settings, problems, seed, step }: Analysing,
): Promise<TaughtRow[]> {
  const { generation_temperature: temperature, top_p, top_k, min_p, max_reasoning_length: max_new_tokens } = settings;
  const sampling = { temperature, top_p, top_k, min_p, max_new_tokens, seed: (seed + 1) >>> 0 };
  const asked = rows.map((row) => ({ ...row, ids: row.analysis! }));
  const { replies } = await ask(asked, world, { num_generations: 1, first: step * rows.length, sampling, of: 'base' });
  return Promise.all(
    rows.map(async (row, i) => {
      const longest = row.teacher.length + max_new_tokens;
      let analysis = textOf(replies[i]!);
      let teacher = await teacherAfter(row, analysis, problems, world.text!);
      // Text that is encoded anew may have a few tokens more than were written.
      while (teacher.length > longest) {
        analysis = analysis.slice(0, Math.floor(0.9 * analysis.length));
        teacher = await teacherAfter(row, analysis, problems, world.text!);
      }
      return { ...row, teacher };
    }),
  );
}

/** Its answer; a thought that was cut off before one is better than nothing. */
function textOf({ content, thinking, rest }: Reply): string {
  return [content, thinking, rest].find((part) => part.trim() !== '') ?? '';
}
