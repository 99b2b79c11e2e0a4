/**
 * On-policy self-distillation (COPSD, arXiv 2605.09548; SDFT; GKD's share of given answers): the student answers prompts as they are, and at each token
 * of its answers learns what the same model would have written next, had it been shown more. No answer is judged. Prompts, seeds and order follow
 * from the settings and the step alone, so that a resumed run repeats what it would have done.
 */
import { MotherTongueError } from '../../../lib/errors.ts';
import { formatInteger } from '../../../lib/format.ts';
import { type DistillationSettings, distillationDefaults } from '../../../protocol/distillation.ts';
import type { RolloutBatchRecord } from '../../../protocol/rollouts.ts';
import type { PromptRow } from '../../batch/prompt-rows.ts';
import { positionsOf } from '../../models/rope.ts';
import { endsOf } from '../answers/lengths.ts';
import { PromptOrder } from '../answers/prompt-order.ts';
import { answeringSizes, longestPrompt, twofoldShapes } from '../answers/sizes.ts';
import type { Method, MethodInput, Workload } from '../method.ts';
import { problemSettings } from '../prompts.ts';
import { withAnalyses } from './analyses.ts';
import { answerMetrics, distillationMetrics } from './metrics.ts';
import { type MicroBatch, microBatches, packStep } from './micro-batches.ts';
import { distillationObjective } from './objective.ts';
import { recordOf, withDivergences } from './record.ts';
import { type TaughtRow, type Written, writeAnswers } from './written.ts';

/** What the step that is being learned from was made of. */
interface Learning {
  readonly answers: readonly Written[];
  readonly batches: readonly MicroBatch[];
  readonly record: RolloutBatchRecord;
  readonly generation_time: number;
}

export function distillation({ config, settings, prompts: given = [] }: MethodInput): Method {
  const own = { ...distillationDefaults, ...settings.distillation };
  const { gradient_accumulation_steps: accumulation, per_device_train_batch_size, seed } = settings;
  const positions = positionsOf(config);
  const longest = longestPrompt(given, own.max_completion_length, positions);
  const prompts = taughtRows(given, own, positions);
  const order = new PromptOrder(prompts.length, settings, own);
  const problems = problemSettings(settings, positions);
  const analysis = own.reason_first ? own.max_reasoning_length : 0;
  const taught = prompts.reduce((most, { teacher }) => Math.max(most, teacher.length), 0) + analysis;
  const shapes = twofoldShapes(per_device_train_batch_size, { prompt: longest, beside: taught, completion: own.max_completion_length });
  const ends = endsOf(config);
  const answersItself = own.lmbda > 0;
  let learning: Learning | null = null;

  return {
    objective: distillationObjective(divergenceOf(own)),
    steps: order.steps,
    shapes,
    max_micro_batches: accumulation,
    aux_loss_weight: 0,
    workload: workloadOf(prompts, order, own),
    ...(own.teacher_model_kind === 'ema' && { average: { rate: own.teacher_update_rate, every: own.teacher_sync_steps } }),
    answers: answeringSizes(
      prompts.map(({ ids }) => ids.length),
      { answers: answersItself ? order.answers : 1, prompts: answersItself ? order.prompts : 1, new_tokens: own.max_completion_length },
      positions,
    ),
    ...(own.reason_first && {
      analyses: answeringSizes(
        prompts.map((one) => one.analysis!.length),
        { answers: order.prompts, prompts: order.prompts, new_tokens: own.max_reasoning_length },
        positions,
      ),
    }),
    batches: async (step, world) => {
      const { text } = world;
      if (!text) throw new Error('Distillation was started without the text of its model.');
      const asked = order.promptsOf(step).map((i) => prompts[i]!);
      const rows = own.reason_first ? await withAnalyses(asked, world, { settings: own, problems, seed, step }) : asked;
      const { answers, generation_time } = await writeAnswers(rows, world, { settings: own, seed, step });
      const batches = microBatches(answers, own, accumulation);
      const record = recordOf(text, answers, { step, num_generations: own.num_generations, batches });
      learning = { answers, batches, record, generation_time };
      world.onAnswers(record);
      return packStep(batches, ends.pad_token_id ?? 0, shapes);
    },
    again: {
      most: 0,
      batches: () => [],
      seen: (found, _, world) => {
        const { record, answers, batches } = learning!;
        world.onAnswers(withDivergences(record, answers, batches, found, world.text!));
      },
    },
    tokens: () => {
      const all = learning!.answers.reduce((n, { row, ids }) => n + row.ids.length + ids.length, 0);
      return { seen: all, worked: all };
    },
    metrics: (step, stats) => ({
      epoch: order.epochAfter(step),
      ...answerMetrics(learning!.answers, learning!.generation_time, own.num_generations, ends),
      ...distillationMetrics(own, stats),
    }),
    evaluation: null,
    fingerprint: {
      *[Symbol.iterator]() {
        yield JSON.stringify([own, seed, order.answers]);
        for (const { row, ids, teacher, completion } of prompts) yield `,${row}:${ids.length}:${teacher.length}:${completion?.length ?? 0}`;
      },
    },
  };
}

function divergenceOf(own: DistillationSettings): Parameters<typeof distillationObjective>[0] {
  const { beta, temperature, jsd_token_clip, distillation_mode, distillation_topk, top_k_of, distillation_add_tail, teacher_model_kind } =
    own;
  return {
    ...{ beta, temperature, jsd_token_clip, top_k_of },
    top_k_loss: distillation_mode === 'topk_logits' ? distillation_topk : 0,
    add_tail: distillation_add_tail,
    sampled_token: distillation_mode === 'sampled_token',
    teacher: teacher_model_kind,
  };
}

/** The rows with what distillation needs of each; throws one sentence where one lacks it. */
function taughtRows(prompts: readonly PromptRow[], own: DistillationSettings, positions: number): TaughtRow[] {
  const { lmbda, max_completion_length, reason_first, max_reasoning_length } = own;
  const beside = max_completion_length + (reason_first ? max_reasoning_length : 0);
  const refuse = (name: 'DatasetError' | 'SettingsError', sentence: string): never => {
    throw new MotherTongueError(name, sentence);
  };
  return prompts.map((one) => {
    const { row, teacher, completion, analysis } = one;
    if (!teacher || teacher.length === 0)
      return refuse(
        'DatasetError',
        `Row ${row} has nothing that the teacher alone sees; give the column privileged_context, or a problem in several languages.`,
      );
    if (reason_first && !analysis)
      return refuse('DatasetError', `reason_first analyses an English solution and row ${row} has none; turn reason_first off.`);
    if (Math.max(teacher.length, analysis?.length ?? 0) + beside > positions)
      return refuse(
        'SettingsError',
        `The teacher’s prompt of row ${row} has ${formatInteger(teacher.length)} tokens and this model has ${formatInteger(positions)} positions, so max_completion_length${reason_first ? ' and max_reasoning_length together' : ''} must be at most ${formatInteger(positions - Math.max(teacher.length, analysis?.length ?? 0))}.`,
      );
    if (lmbda < 1 && !completion?.length)
      return refuse(
        'DatasetError',
        `lmbda is ${lmbda} and row ${row} has no answer of its own; set lmbda to 1, or give every row an answer.`,
      );
    return { ...one, teacher };
  });
}

/** At most: no answer is known yet. */
function workloadOf(
  prompts: readonly TaughtRow[],
  order: PromptOrder,
  { lmbda, max_completion_length: completion }: DistillationSettings,
): Workload {
  const mean = prompts.reduce((n, { ids }) => n + ids.length, 0) / prompts.length;
  const count = order.steps * order.answers;
  const written = Math.ceil(lmbda * count);
  return {
    tokens: Math.round(count * (mean + completion)),
    trained_tokens: count * completion,
    answers: { count: written, prompts: Math.ceil(lmbda * order.steps * order.prompts), tokens: written * completion },
  };
}
