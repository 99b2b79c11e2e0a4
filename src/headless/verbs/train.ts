/**
 * `train`: a run as run.json describes it. DIR/log.jsonl grows step by step with TRL's metric names; DIR/adapter is a PEFT adapter, and so is
 * DIR/checkpoint-N every save_steps steps; DIR/settings.json holds every setting, defaults included, so that the run can be repeated. Interrupted, it
 * keeps the adapter as far as it came and fails. With `questions` and eval_questions it is evaluated as it goes on; DIR/best is the adapter of the
 * best evaluation where the run does not end with it.
 */
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type AdapterLayout, downloadAdapter, layoutAdapter, uploadAdapter } from '../../engine/adapters/lora.ts';
import type { EncodedRow } from '../../engine/batch/encode.ts';
import { countTrained } from '../../engine/batch/encoded-dataset.ts';
import { splitValidation } from '../../engine/batch/order.ts';
import { openText, type TextModel } from '../../engine/chat/open-text.ts';
import { exportAdapter } from '../../engine/files/adapter.ts';
import { type AdapterTarget, type AdapterTensors, initialAdapter, planAdapter, sameTargets } from '../../engine/files/adapter-plan.ts';
import { adaptableWeights } from '../../engine/models/index.ts';
import type { Session } from '../../engine/models/session.ts';
import { RewardRunner } from '../../engine/rewards/score.ts';
import { judging } from '../../engine/train/grpo/judging.ts';
import { learnsFromAnswers } from '../../engine/train/index.ts';
import { DivergedError, prepareRun, TrainingRun } from '../../engine/train/run.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import { checkpointLimit, isCheckpoint } from '../../protocol/checkpoints.ts';
import { grpoDefaults } from '../../protocol/grpo.ts';
import { type RolloutBatchRecord, rolloutLines, saidOfBatch } from '../../protocol/rollouts.ts';
import type { LoraSettings, TrainingSettings } from '../../protocol/training.ts';
import { parseArguments } from '../arguments.ts';
import { writeJson, writeResult } from '../json-files.ts';
import { freeModel, limitsOf, modelDirectory, openModel, readAdapterFolder } from '../model-folder.ts';
import { nodeTemplates } from '../node-templates.ts';
import { nodeRewardThreads } from '../reward-threads.ts';
import { epochsOf, fitRun, type RunConfig, type RunData, readPrompts, readRows, readRunConfig } from '../run-config.ts';
import { RunEvaluation } from '../run-evaluation.ts';
import type { Runner } from '../runner.ts';

const spec = { config: 'required', out: 'required' } as const;

export async function train(argv: readonly string[], runner: Runner): Promise<void> {
  const args = parseArguments('train', argv, spec);
  const read = readRunConfig(args.config);
  const { model, data } = read;
  if (model === null || data === null) {
    throw new MotherTongueError(
      'SettingsError',
      `${args.config} needs ${model === null ? '"model", the folder of the model' : '"dataset", what to train on'}.`,
    );
  }
  const session = await openModel(runner, model);
  try {
    const config = fitRun(read, session.config);
    const text = () => openText(modelDirectory(model), nodeTemplates);
    const checkpoints = await RunEvaluation.open(session, config, text, runner);
    if (learnsFromAnswers(config.settings.method)) await trainOnAnswers(session, config, data, await text(), checkpoints, args.out, runner);
    else {
      const { rows, notes } = await readRows(data, config.settings.encoding, limitsOf(session.config), text);
      for (const note of notes) runner.note(note);
      await trainRows(session, config, rows, checkpoints, args.out, runner);
    }
  } finally {
    freeModel(session);
  }
}

async function trainRows(
  session: Session,
  config: RunConfig,
  all: readonly EncodedRow[],
  checkpoints: RunEvaluation,
  out: string,
  runner: Runner,
): Promise<void> {
  const start = await startingAdapter(session, config);
  const settings = { ...config.settings, lora: start.lora };
  const layout = layoutAdapter(start.targets);
  const usable = all.filter((row) => countTrained(row) > 0); // a lone first token is a label that is never predicted
  const split = splitValidation(usable.length, settings.validation_split, settings.seed);
  const rows = split.train.map((i) => usable[i]!);
  const order = epochsOf(config, rows.length);
  const prepared = prepareRun(session, {
    settings,
    rows,
    validation: split.validation.map((i) => usable[i]!),
    layout,
    ...(order && { order }),
  });
  await runToTheEnd(
    await TrainingRun.create(session, prepared),
    session,
    { start, settings, layout, base: config.base_model, checkpoints },
    out,
    runner,
  );
}

/** Prompts instead of rows; what was answered and paid goes to DIR/rollouts.jsonl, an answer a line. */
async function trainOnAnswers(
  session: Session,
  config: RunConfig,
  data: RunData,
  text: TextModel,
  checkpoints: RunEvaluation,
  out: string,
  runner: Runner,
): Promise<void> {
  const start = await startingAdapter(session, config);
  const settings = { ...config.settings, lora: start.lora };
  const layout = layoutAdapter(start.targets);
  const { prompts, notes } = await readPrompts(data, settings, limitsOf(session.config), text);
  for (const note of notes) runner.note(note);
  checkpoints.problems = prompts.some(({ problem }) => problem);
  const prepared = prepareRun(session, { settings, rows: [], validation: [], prompts, layout });
  const judge = new RewardRunner(nodeRewardThreads());
  const kept = join(out, 'rollouts.jsonl');
  writeResult(kept, '');
  // Each batch comes again when steps have learned from it.
  let last: RolloutBatchRecord | null = null;
  const write = (): void => {
    if (last) appendFileSync(kept, rolloutLines(last));
  };
  const run = await TrainingRun.create(session, prepared, {
    text,
    judge: judging(judge, { ...grpoDefaults, ...settings.grpo }, text.tokenizer),
    onAnswers: (record) => {
      if (record.step !== last?.step) {
        write();
        for (const sentence of saidOfBatch(record)) runner.note(`step ${record.step}: ${sentence}`);
      }
      last = record;
    },
    signal: runner.signal,
  });
  try {
    await runToTheEnd(run, session, { start, settings, layout, base: config.base_model, checkpoints }, out, runner);
  } finally {
    write();
    judge.close();
  }
}

interface Running {
  readonly start: Start;
  readonly settings: TrainingSettings;
  readonly layout: AdapterLayout;
  /** As adapter_config.json names the base model. */
  readonly base: string;
  readonly checkpoints: RunEvaluation;
}

async function runToTheEnd(
  run: TrainingRun,
  session: Session,
  { start, settings, layout, base, checkpoints }: Running,
  out: string,
  runner: Runner,
): Promise<void> {
  const log = join(out, 'log.jsonl');
  writeJson(join(out, 'settings.json'), settings);
  writeResult(log, '');
  const write = (record: object): void => appendFileSync(log, `${JSON.stringify(record)}\n`);
  const saved: string[] = [];
  let losses = 0;
  let last = 0;
  const keep = async (done: number): Promise<void> => {
    const { adapter, best } = checkpoints.chosen(await downloadAdapter(session.store, layout), done);
    writeAdapter(join(out, 'adapter'), start, adapter, base);
    if (best) writeAdapter(join(out, 'best'), start, best, base);
  };
  const started = performance.now();
  try {
    uploadAdapter(session.store, layout, start.tensors);
    const done = await run.train({
      onStep: (metrics) => {
        losses += metrics.loss;
        last = metrics.step;
        write(metrics);
        const { step_time, generation_time, reward, divergence } = metrics;
        const figures =
          reward !== undefined ? `  reward ${reward.toFixed(3)}` : divergence !== undefined ? `  divergence ${divergence.toFixed(4)}` : '';
        const answered = generation_time === undefined ? '' : `, ${generation_time.toFixed(2)} of them for answers`;
        runner.note(
          `step ${metrics.step}/${run.totalSteps}  loss ${metrics.loss.toFixed(4)}${figures}  ${Math.round(metrics.tokens_per_second)} tokens/s  ${step_time.toFixed(2)} s${answered}`,
        );
      },
      onEval: (metrics) => {
        checkpoints.take(metrics);
        write(metrics);
      },
      between: async (step) => {
        if (isCheckpoint(settings, step, run.totalSteps)) {
          const folder = join(out, `checkpoint-${step}`);
          writeAdapter(folder, start, await downloadAdapter(session.store, layout), base);
          saved.push(folder);
          for (const old of saved.splice(0, Math.max(0, saved.length - checkpointLimit(settings)))) rmSync(old, { recursive: true });
        }
        return !runner.signal.aborted && checkpoints.after(step, run.totalSteps, layout, write);
      },
    });
    const seconds = (performance.now() - started) / 1000;
    write({
      step: done,
      train_runtime: seconds,
      train_samples_per_second: run.samples / seconds,
      train_steps_per_second: done / seconds,
      train_loss: losses / Math.max(1, done),
    });
    await keep(done);
    if (checkpoints.early !== null) runner.note(`Ended after step ${done} of ${run.totalSteps}: ${checkpoints.early}.`);
    else if (done < run.totalSteps)
      throw new MotherTongueError(
        'Cancelled',
        `Stopped after step ${done} of ${run.totalSteps}; the adapter so far is in ${join(out, 'adapter')}.`,
      );
  } catch (error) {
    if (!(error instanceof DivergedError) || last < 2) throw error;
    await keep(last - 1);
    throw new DivergedError(`${error.message} What the run had learned is in ${join(out, 'adapter')}.`);
  } finally {
    run.free();
  }
}

interface Start {
  readonly targets: readonly AdapterTarget[];
  readonly tensors: AdapterTensors;
  readonly lora: LoraSettings;
}

/** A fresh adapter, or the one that run.json names; LoRA settings stated beside it must be the adapter's own. */
async function startingAdapter(session: Session, { adapter, settings, stated, path }: RunConfig): Promise<Start> {
  const weights = adaptableWeights(session.config);
  if (adapter === null) {
    if (settings.init_adapter === 'standing')
      throw new MotherTongueError('SettingsError', `${path} says init_adapter standing; name the folder of that adapter as "adapter".`);
    const targets = planAdapter(settings.lora, weights);
    return { targets, tensors: initialAdapter(targets, settings.seed), lora: settings.lora };
  }
  const found = await readAdapterFolder(adapter, session.config);
  const lora: LoraSettings = { ...found.settings };
  const names = [...stated].filter((path) => path.startsWith('lora.')).map((path) => path.slice('lora.'.length));
  for (const name of names) Object.assign(lora, { [name]: settings.lora[name as keyof LoraSettings] });
  if (names.length > 0 && !sameTargets(planAdapter(lora, weights), found.targets)) {
    throw new MotherTongueError('SettingsError', `${path} states other LoRA settings than ${adapter} has; remove ${names.join(', ')}.`);
  }
  return { targets: found.targets, tensors: found.tensors, lora: found.settings };
}

/** `adapter_config.json` and `adapter_model.safetensors` in `folder`. */
export function writeAdapter(
  folder: string,
  { targets, lora }: Pick<Start, 'targets' | 'lora'>,
  tensors: AdapterTensors,
  baseModel: string,
): void {
  const { configJson, safetensors } = exportAdapter(targets, tensors, lora, baseModel);
  writeResult(join(folder, 'adapter_config.json'), configJson);
  writeResult(join(folder, 'adapter_model.safetensors'), safetensors);
}
