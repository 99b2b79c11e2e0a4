/** Before a run: the rows encoded and every step planned, and what the page says of it. Nothing on the GPU changes here. */

import { MotherTongueError } from '../../lib/errors.ts';
import { longestAnswer } from '../../protocol/answer-lengths.ts';
import { checkpointsKept } from '../../protocol/checkpoints.ts';
import type { PlanChange, ReadinessFinding, RunReadiness, TrainingSettings } from '../../protocol/training.ts';
import type { PromptRows } from '../batch/prompt-rows.ts';
import { positionsOf } from '../models/rope.ts';
import type { Session } from '../models/session.ts';
import { learnsFromAnswers } from '../train/index.ts';
import { trainingProblems } from './checks.ts';
import { cutRows, leftOut } from './cut-rows.ts';
import type { EngineState } from './engine-state.ts';
import { shortOfStorage } from './kept-adapters.ts';
import { answer, judge } from './planner.ts';
import { type PlannedRun, type Prepared, plannedRun, planRun } from './run-plan.ts';
import { sourceSoFar, unasked, wholeSource } from './run-source.ts';

/** The whole run planned, from all rows of the dataset; waits until they are encoded. */
export async function prepare(engine: EngineState, settings: TrainingSettings): Promise<Prepared> {
  engine.needModel();
  return engine.task('prepare', 'Preparing the run', 'rows', async (signal, progress) =>
    planRun(engine, settings, await wholeSource(engine, settings, signal, progress)),
  );
}

/** `gpu_bytes`: what the GPU has, as its owner says; null: unknown. */
export async function readiness(engine: EngineState, settings: TrainingSettings, gpu_bytes: number | null): Promise<RunReadiness> {
  const { session } = engine.needModel();
  const blockers: ReadinessFinding[] = trainingProblems(engine, settings).map((problem) => ({ place: 'train', sentence: `${problem}.` }));
  const warnings: ReadinessFinding[] = [];
  let planned: PlannedRun | null = null;
  let sampled: number | undefined;
  /** Of a row with its answer, in tokens. */
  let longest = settings.encoding.max_length;
  try {
    if (blockers.length === 0) {
      const source = await sourceSoFar(engine, settings);
      if (!('pieces' in source)) {
        const found = unasked(source, positionsOf(session.config), longestAnswer(settings));
        if (source.rows.length === 0) blockers.push(...found);
        else warnings.push(...found);
        longest = longestPromptOf(source) + longestAnswer(settings);
      } else {
        if (!source.whole) sampled = source.counted;
        const cut = cutRows(session, settings, source, gpu_bytes);
        if (cut) warnings.push(cut); // also where nothing is left to train because of it
        warnings.unshift(...leftOut(session, settings, source));
      }
      if (blockers.length === 0) planned = await plannedRun(engine, settings, source);
    }
  } catch (error) {
    if (!(error instanceof MotherTongueError) || error.name === 'Cancelled') throw error;
    blockers.push({ place: placeOf(error), sentence: error.message });
  }
  if (!planned)
    return {
      steps: 0,
      rows: 0,
      tokens: 0,
      trained_tokens: 0,
      trainable_parameters: 0,
      memory: EMPTY_MEMORY,
      checkpoints: { count: 0, bytes: 0 },
      verdict: 'fits',
      blockers,
      warnings,
    };
  const { prepared, layout, rows, modes, memory, refused, probeProblem } = planned;
  const steps = prepared.method.steps;
  if (steps > 0 && settings.optimizer.warmup_steps >= steps)
    warnings.push({
      place: 'train',
      sentence: `warmup_steps is ${settings.optimizer.warmup_steps} and the run has ${steps} steps, so the learning rate never reaches its peak.`,
    });
  const bytes = layout.parameters * 4;
  const checkpoints = { count: checkpointsKept(settings, steps), bytes };
  const short = await shortOfStorage(engine, bytes, checkpoints.count);
  if (short) warnings.push({ place: 'model', sentence: short });
  if (probeProblem) blockers.push({ place: 'train', sentence: probeProblem });
  const { verdict, reason } = judge({ train: memory, generate: null, refused }, gpu_bytes);
  const change = verdict === 'does-not-fit' ? smallestChange(session, settings, gpu_bytes, longest) : undefined;
  const advice = verdict === 'does-not-fit' ? `${reason} ${change?.sentence ?? NO_CHANGE}` : verdict === 'tight' ? reason : undefined;
  if (verdict === 'does-not-fit') blockers.push({ place: change ? 'train' : 'model', sentence: advice! });
  const { tokens, trained_tokens, answers } = prepared.method.workload;
  return {
    steps,
    rows,
    ...(modes && { modes }),
    tokens,
    trained_tokens,
    trainable_parameters: layout.parameters,
    memory,
    checkpoints,
    verdict,
    blockers,
    warnings,
    ...(advice && { advice }),
    ...(sampled !== undefined && { sampled }),
    ...(answers && { answers }),
    ...(engine.pace?.method === (settings.method ?? 'sft') && { seconds: tokens / engine.pace.tokens_per_second }),
  };
}

/** With what a teacher sees, where there is one: as long a stream is computed of it. */
function longestPromptOf({ rows }: PromptRows): number {
  return rows.reduce((most, { ids, teacher }) => Math.max(most, ids.length + (teacher?.length ?? 0)), 0);
}

const NO_CHANGE = 'No single setting mends that; use a smaller model or another GPU.';

export function adviceFor(session: Session, settings: TrainingSettings, gpu_bytes: number | null): string {
  return smallestChange(session, settings, gpu_bytes)?.sentence ?? NO_CHANGE;
}

/** By the planner's worst case: rows of this length that train whole. */
function smallestChange(
  session: Session,
  settings: TrainingSettings,
  gpu_bytes: number | null,
  max_length = settings.encoding.max_length,
): PlanChange | undefined {
  const { lora, per_device_train_batch_size, checkpoint_dtype = 'float32', method } = settings;
  const question = {
    lora,
    per_device_train_batch_size,
    checkpoint_dtype,
    max_length,
    shorter_rows: true as const,
    ...(learnsFromAnswers(method) && { learns_from_answers: true as const }),
    cache_length: 1024,
    cache_rows: 1,
    gpu_bytes,
  };
  return answer(session, question).change;
}

/** Where the page mends what an error complains of. */
function placeOf({ name }: MotherTongueError): ReadinessFinding['place'] {
  if (name === 'DatasetError') return 'data';
  return name === 'SettingsError' ? 'train' : 'model';
}

const EMPTY_MEMORY = {
  weights: 0,
  adapter: 0,
  optimizer: 0,
  checkpoints: 0,
  workspace: 0,
  loss: 0,
  cache: 0,
  inputs: 0,
  peak: 0,
  largest_binding: 0,
  dispatches: 0,
};
