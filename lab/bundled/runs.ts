/**
 * The runs that the bundled model is measured after: the one that its settings.json recommends, and that run cut short (a cold start) with GRPO behind it.
 * The adapter of a run stays in the store.
 */
import {
  type AdapterLayout,
  createAdapter,
  downloadAdapter,
  freeAdapter,
  layoutAdapter,
  uploadAdapter,
} from '../../src/engine/adapters/lora.ts';
import type { EncodedRow } from '../../src/engine/batch/encode.ts';
import type { PromptRow } from '../../src/engine/batch/prompt-rows.ts';
import type { TextModel } from '../../src/engine/chat/open-text.ts';
import { type AdapterTensors, initialAdapter, planAdapter } from '../../src/engine/files/adapter-plan.ts';
import { adaptableWeights } from '../../src/engine/models/index.ts';
import type { Session } from '../../src/engine/models/session.ts';
import { RewardRunner } from '../../src/engine/rewards/score.ts';
import { judging } from '../../src/engine/train/grpo/judging.ts';
import { learnsFromAnswers } from '../../src/engine/train/index.ts';
import { prepareRun, TrainingRun } from '../../src/engine/train/run.ts';
import { limitsOf } from '../../src/headless/model-folder.ts';
import { readPrompts, readRows } from '../../src/headless/run-config.ts';
import type { Runner } from '../../src/headless/runner.ts';
import { throwIfCancelled } from '../../src/lib/cancel.ts';
import { grpoDefaults } from '../../src/protocol/grpo.ts';
import type { StepMetrics, TrainingSettings } from '../../src/protocol/training.ts';

/** As it was tried: the default run's first steps, after which a quarter of the thoughts is in the language asked for. */
export const COLD_START = { learning_rate: 4e-3, warmup_steps: 2, max_steps: 11 };
/** Eight prompts, eight answers each. Where no language is asked for, English is paid. */
export const GRPO = {
  method: 'grpo',
  learning_rate: 2e-3,
  lr_scheduler_type: 'constant',
  warmup_steps: 0,
  adam_beta2: 0.99,
  max_steps: 50,
  per_device_train_batch_size: 64,
  gradient_accumulation_steps: 1,
  num_generations: 8,
  max_completion_length: 100,
  router_aux_loss_coef: 0,
  reward_funcs: ['harmony', 'language', 'accuracy'],
  reward_weights: [0.2, 1.5, 2],
  reward_settings: { language: { otherwise: 'English' } },
};

export interface Trained {
  readonly layout: AdapterLayout;
  readonly tensors: AdapterTensors;
  readonly metrics: readonly StepMetrics[];
  readonly seconds: number;
}

/** Another run's adapter stands again, for asking. */
export function stand(session: Session, { layout, tensors }: Pick<Trained, 'layout' | 'tensors'>): void {
  freeAdapter(session.store);
  createAdapter(session.store, layout, { training: false });
  uploadAdapter(session.store, layout, tensors);
}

/**
 * Every third prompt asks for no language: all of those, and as many of the others, evenly over the file. They alone pay English, and once no answer of
 * a group is in English, nothing can prefer it: where a tenth asks for none (the whole dataset), or a fifth, English was gone after 30 steps in one seed of
 * two or three.
 */
function balanced(prompts: readonly PromptRow[]): PromptRow[] {
  const [free, asking] = [true, false].map((none) => prompts.filter(({ reasoning_language }) => (reasoning_language === null) === none));
  const wanted = Math.min(1, (2 * free!.length) / Math.max(1, asking!.length));
  const kept = new Set(asking!.filter((_, i) => Math.floor((i + 1) * wanted) > Math.floor(i * wanted)));
  return prompts.filter((prompt) => prompt.reasoning_language === null || kept.has(prompt));
}

/** On a file of the dataset, on prompts that were made of one, or on encoded rows. */
export async function runOn(
  session: Session,
  text: TextModel,
  data: string | readonly PromptRow[] | { readonly rows: readonly EncodedRow[] },
  settings: TrainingSettings,
  runner: Runner,
  from?: AdapterTensors,
): Promise<Trained> {
  const targets = planAdapter(settings.lora, adaptableWeights(session.config));
  const layout = layoutAdapter(targets);
  const limits = limitsOf(session.config);
  const rows: EncodedRow[] = typeof data === 'object' && 'rows' in data ? [...data.rows] : [];
  const prompts: PromptRow[] = Array.isArray(data) ? [...data] : [];
  if (typeof data === 'string') {
    const source = { kind: 'file', path: data } as const;
    if (learnsFromAnswers(settings.method)) prompts.push(...balanced((await readPrompts(source, settings, limits, text)).prompts));
    else rows.push(...(await readRows(source, settings.encoding, limits, async () => text)).rows);
  }
  freeAdapter(session.store);
  const started = performance.now();
  const judge = new RewardRunner(null);
  const answering = { text, judge: judging(judge, { ...grpoDefaults, ...settings.grpo }, text.tokenizer), onAnswers: () => undefined };
  const prepared = prepareRun(session, { settings, rows, validation: [], prompts, layout });
  const run = await TrainingRun.create(session, prepared, answering);
  uploadAdapter(session.store, layout, from ?? initialAdapter(targets, settings.seed));
  const metrics: StepMetrics[] = [];
  await run.train({
    onStep: (step) => {
      metrics.push(step);
      const reward = step.reward === undefined ? '' : `, reward ${step.reward.toFixed(3)}`;
      runner.note(`seed ${settings.seed}: step ${step.step} of ${run.totalSteps}, loss ${step.loss.toFixed(3)}${reward}`);
    },
    onEval: () => {},
    between: async () => !runner.signal.aborted,
  });
  throwIfCancelled(runner.signal, 'The evaluation');
  const tensors = await downloadAdapter(session.store, layout);
  run.free();
  judge.close();
  return { layout, tensors, metrics, seconds: (performance.now() - started) / 1000 };
}
