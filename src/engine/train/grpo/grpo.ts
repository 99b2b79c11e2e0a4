/**
 * Group relative policy optimisation with TRL's semantics (GRPOTrainer 1.13): prompts are answered several times by the adapter as it stands, rewards judge
 * the answers, and each is made more or less likely by how it compares with the others of its group. Prompts, seeds and order follow from the settings
 * and the step alone, so that a resumed run repeats what it would have done.
 */
import { type GrpoSettings, grpoDefaults } from '../../../protocol/grpo.ts';
import type { PromptRow } from '../../batch/prompt-rows.ts';
import { positionsOf } from '../../models/rope.ts';
import { endsOf } from '../answers/lengths.ts';
import { PromptOrder } from '../answers/prompt-order.ts';
import { answeringSizes, answerShapes, longestPrompt } from '../answers/sizes.ts';
import type { Method, MethodInput, Workload, World } from '../method.ts';
import { type AnswerBatch, answerBatch } from './answering.ts';
import { type Brought, type GrpoContext, type MicroBatch, microBatches } from './batches.ts';
import { grpoMetrics } from './metrics.ts';
import { grpoObjective } from './objective.ts';
import { keepsReference, lookAhead, needsOldLogps, packStep } from './step.ts';
import { chooseLooked, lookedAnswers, lookingBatches, lookingShapes, withChanges } from './token-changes.ts';

/** The batch of answers that steps learn from now. */
interface Learning extends AnswerBatch {
  readonly batch: number;
  readonly brought: Brought;
}

export function grpo({ config, settings, prompts = [] }: MethodInput): Method {
  const own = { ...grpoDefaults, ...settings.grpo };
  const { token_changes, ...learned } = own;
  const { gradient_accumulation_steps, router_aux_loss_coef } = settings;
  const longest = longestPrompt(prompts, own.max_completion_length, positionsOf(config));
  const order = new PromptOrder(prompts.length, settings, own);
  const aux = config.num_local_experts !== undefined && router_aux_loss_coef !== 0;
  const context: GrpoContext = { settings: own, gradient_accumulation_steps, ends: endsOf(config), aux };
  const offPolicy = needsOldLogps(context);
  const shapes = answerShapes(settings.per_device_train_batch_size, longest, own.max_completion_length);
  const looked = lookedAnswers(token_changes, settings.per_device_train_batch_size * gradient_accumulation_steps);
  const row = { T: longest + own.max_completion_length, M: own.max_completion_length };
  const looking = offPolicy ? shapes : lookingShapes(looked, row);
  let learning: Learning | null = null;
  let current: readonly MicroBatch[] = [];
  let again: readonly MicroBatch[] = [];

  const learnFrom = async (batch: number, step: number, world: World): Promise<Learning> => {
    const rows = order.promptsOf(batch).map((i) => prompts[i]!);
    const { text } = world;
    if (!text) throw new Error('GRPO was started without the text of its model.');
    const asking = { settings: own, text, seed: settings.seed, ends: context.ends, batch, step, steps: order.steps };
    const answered = await answerBatch(rows, world, asking);
    world.onAnswers(answered.record);
    const { rollouts, advantages } = answered;
    return { ...answered, batch, brought: offPolicy ? await lookAhead(world.programs, rollouts, advantages, context, shapes) : {} };
  };

  return {
    objective: grpoObjective(own, { micro_batches: gradient_accumulation_steps, old_logps: offPolicy, ref_logps: keepsReference(context) }),
    steps: order.steps,
    shapes,
    ...(looking.length > 0 && { lookingShapes: looking }),
    ...(looked > 0 && {
      again: {
        most: looked,
        batches: () => {
          again = lookingBatches(current, chooseLooked(current, own.num_generations, token_changes), looking);
          return packStep(again, context, learning!.brought, looking);
        },
        seen: (found, left, world) => {
          if (left.length === 0 || !learning) return;
          const seen = { trained: { batches: current, rows: found }, looked: { batches: again, rows: left } };
          learning = { ...learning, record: withChanges(learning.record, learning.rollouts, seen, world.text!) };
          world.onAnswers(learning.record);
        },
      },
    }),
    tokens: (step) => {
      const { part } = order.locate(step);
      const { prompt_ids, completion_ids } = learning!.rollouts;
      const all = completion_ids.reduce((n, ids, i) => n + ids.length + prompt_ids[i]!.length, 0);
      return { seen: part === 0 ? all : 0, worked: (all * gradient_accumulation_steps) / order.microBatches };
    },
    max_micro_batches: order.microBatches,
    aux_loss_weight: aux ? router_aux_loss_coef / gradient_accumulation_steps : 0,
    workload: workloadOf(prompts, order, context),
    answers: answeringSizes(
      prompts.map(({ ids }) => ids.length),
      { answers: order.answers, prompts: order.prompts, new_tokens: own.max_completion_length },
      positionsOf(config),
    ),
    resumable: (step) => order.locate(step).part === 0,
    batches: async (step, world) => {
      const { batch, part } = order.locate(step);
      if (learning?.batch !== batch) learning = await learnFrom(batch, step, world);
      const splits = order.microBatches / gradient_accumulation_steps;
      current = microBatches(learning.rollouts, learning.advantages, part % splits, context);
      return packStep(current, context, learning.brought, shapes);
    },
    metrics: (step, stats) => {
      const ofBatch = order.locate(step).part === 0 ? learning!.metrics : {}; // as TRL: once a batch of answers
      return { epoch: order.epochAfter(step), ...ofBatch, ...grpoMetrics(own, current, stats, aux ? router_aux_loss_coef : 0) };
    },
    evaluation: null,
    fingerprint: {
      *[Symbol.iterator]() {
        yield JSON.stringify([learned, settings.seed, order.answers]);
        for (const { row, ids } of prompts) yield `,${row}:${ids.length}`;
      },
    },
  };
}

/** At most: no answer is known yet, and answers of groups without spread are not trained on. */
function workloadOf(
  prompts: readonly PromptRow[],
  order: PromptOrder,
  { settings, gradient_accumulation_steps }: { settings: Pick<GrpoSettings, 'max_completion_length'>; gradient_accumulation_steps: number },
): Workload {
  const { max_completion_length: completion } = settings;
  const mean = prompts.reduce((n, { ids }) => n + ids.length, 0) / prompts.length;
  const count = order.batches * order.answers;
  const trained = (order.steps * order.answers * gradient_accumulation_steps) / order.microBatches;
  return {
    tokens: Math.round(trained * (mean + completion)),
    trained_tokens: trained * completion,
    answers: { count, prompts: order.batches * order.prompts, tokens: count * completion },
  };
}
