/** Before a run: the rows encoded and every step planned, and what the page says of it. Nothing on the GPU changes here. */

import { MotherTongueError } from '../../lib/errors.ts';
import type { MemoryPlan, PlanChange, ReadinessFinding, RunReadiness, TrainingSettings } from '../../protocol/training.ts';
import { type AdapterLayout, layoutAdapter } from '../adapters/lora.ts';
import type { EncodedRow } from '../batch/encode.ts';
import type { EncodedDataset } from '../batch/encoded-dataset.ts';
import { splitValidation } from '../batch/order.ts';
import { planAdapter } from '../files/adapter-plan.ts';
import { rowsOf } from '../generate/answer.ts';
import { sizesOf } from '../generate/generator.ts';
import { type GenerationPlans, generationMemory, planGeneration } from '../generate/memory.ts';
import { overLimits } from '../graph/footprint.ts';
import { adaptableWeights } from '../models/index.ts';
import { positionsOf } from '../models/rope.ts';
import type { Session } from '../models/session.ts';
import { memoryPlan } from '../train/memory.ts';
import { allPlans } from '../train/plans.ts';
import { type PreparedRun, prepareRun } from '../train/run.ts';
import { PROBE_SAMPLING, probePrompts, probes } from './adherence.ts';
import { trainingProblems } from './checks.ts';
import { encodedSoFar, encodedWhole } from './encoding.ts';
import type { EngineState } from './engine-state.ts';
import { answer, judge } from './planner.ts';

export interface Prepared {
  readonly session: Session;
  readonly prepared: PreparedRun;
  readonly layout: AdapterLayout;
  readonly rows: number;
}

/** The whole run planned, from all rows of the dataset; waits until they are encoded. */
export async function prepare(engine: EngineState, settings: TrainingSettings): Promise<Prepared> {
  const { session } = engine.needModel();
  return engine.task('prepare', 'Preparing the run', 'rows', async (signal, progress) =>
    planRun(session, settings, await encodedWhole(engine, settings.encoding, signal, progress)),
  );
}

/** Nothing on the GPU changes. From a sample the run is planned as if the rest of the dataset were like it. */
function planRun(session: Session, settings: TrainingSettings, encoded: EncodedDataset): Prepared {
  const { rows: selected, statistics } = encoded.select({ ...settings.encoding, positions: positionsOf(session.config) });
  if (selected.length === 0) {
    throw new MotherTongueError('DatasetError', 'No row of the dataset can be trained with these settings; the list of problems says why.');
  }
  const rows = encoded.whole
    ? selected
    : Array.from({ length: statistics.rows_trained }, (_, i): EncodedRow => selected[i % selected.length]!);
  const { train, validation } = splitValidation(rows.length, settings.validation_split, settings.seed);
  const layout = layoutAdapter(planAdapter(settings.lora, adaptableWeights(session.config)));
  const pick = (indices: readonly number[]) => indices.map((i) => rows[i]!);
  const prepared = prepareRun(session, { settings, rows: pick(train), validation: pick(validation), layout });
  return { session, prepared, layout, rows: rows.length };
}

/** `gpu_bytes`: what the GPU has, as its owner says; null: unknown. */
export async function readiness(engine: EngineState, settings: TrainingSettings, gpu_bytes: number | null): Promise<RunReadiness> {
  const { session } = engine.needModel();
  const blockers: ReadinessFinding[] = trainingProblems(engine, settings).map((problem) => ({ place: 'train', sentence: `${problem}.` }));
  const warnings: ReadinessFinding[] = [];
  let planned: Prepared | null = null;
  let sampled: number | undefined;
  try {
    if (blockers.length === 0) {
      const encoded = await encodedSoFar(engine, settings.encoding);
      if (!encoded.whole) sampled = encoded.counted;
      planned = planRun(session, settings, encoded);
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
      verdict: 'fits',
      blockers,
      warnings,
    };
  const { prepared, layout, rows } = planned;
  const steps = prepared.method.steps;
  const dropped = engine.needData().dataset.length - rows;
  if (dropped > 0)
    warnings.push({
      place: 'data',
      sentence: `${dropped} of ${engine.needData().dataset.length} rows do not train; the Data page lists why.`,
    });
  if (steps > 0 && settings.optimizer.warmup_steps >= steps)
    warnings.push({
      place: 'train',
      sentence: `warmup_steps is ${settings.optimizer.warmup_steps} and the run has ${steps} steps, so the learning rate never reaches its peak.`,
    });
  const run = memoryPlan(session, prepared);
  const tooLong = probes(settings) ? probeProblem(engine, settings) : null;
  if (tooLong) blockers.push({ place: 'train', sentence: tooLong });
  const asking = probes(settings) && !tooLong ? planProbes(engine, settings, layout) : null;
  const memory = asking ? withProbes(run, generationMemory(session, layout, asking)) : run;
  const refused = overLimits([...allPlans(prepared.plans), ...(asking ? [asking.prefill, asking.decode] : [])], session.capabilities);
  const { verdict, reason } = judge({ train: memory, generate: memory, refused }, gpu_bytes);
  const change = verdict === 'does-not-fit' ? smallestChange(session, settings, gpu_bytes) : undefined;
  const advice = verdict === 'does-not-fit' ? `${reason} ${change?.sentence ?? NO_CHANGE}` : verdict === 'tight' ? reason : undefined;
  if (verdict === 'does-not-fit') blockers.push({ place: change ? 'train' : 'model', sentence: advice! });
  const { tokens, trained_tokens } = prepared.method.workload;
  return {
    steps,
    rows,
    tokens,
    trained_tokens,
    trainable_parameters: layout.parameters,
    memory,
    verdict,
    blockers,
    warnings,
    ...(advice && { advice }),
    ...(sampled !== undefined && { sampled }),
    ...(engine.tokensPerSecond && { seconds: tokens / engine.tokensPerSecond }),
  };
}

/** A probe that the model has no room for would end the run at its first one. */
function probeProblem(engine: EngineState, settings: TrainingSettings): string | null {
  const limit = positionsOf(engine.needModel().session.config);
  const tokens = Math.max(...probePrompts(engine, settings).prompts.map(({ ids }) => ids.length));
  const { max_new_tokens } = PROBE_SAMPLING;
  if (tokens + max_new_tokens <= limit) return null;
  return `A probe asks ${tokens} tokens for up to ${max_new_tokens} more and this model has ${limit} positions; shorten adherence_question, or set adherence_steps to 0.`;
}

/** Probes of adherence answer while everything of the run stays where it is. */
function planProbes(engine: EngineState, settings: TrainingSettings, layout: AdapterLayout): GenerationPlans {
  const { session } = engine.needModel();
  const { shape, prompt } = sizesOf(rowsOf(probePrompts(engine, settings).prompts, PROBE_SAMPLING), positionsOf(session.config));
  return planGeneration(session, layout, shape, prompt, session.capabilities);
}

function withProbes(run: MemoryPlan, asking: MemoryPlan): MemoryPlan {
  const more = { cache: asking.cache, workspace: asking.workspace, inputs: asking.inputs };
  return {
    ...run,
    cache: run.cache + more.cache,
    workspace: run.workspace + more.workspace,
    inputs: run.inputs + more.inputs,
    peak: run.peak + more.cache + more.workspace + more.inputs,
    largest_binding: Math.max(run.largest_binding, asking.largest_binding),
  };
}

const NO_CHANGE = 'No single setting mends that; use a smaller model or another GPU.';

export function adviceFor(session: Session, settings: TrainingSettings, gpu_bytes: number | null): string {
  return smallestChange(session, settings, gpu_bytes)?.sentence ?? NO_CHANGE;
}

/** By the planner's worst case: rows of max_length that train whole. */
function smallestChange(session: Session, settings: TrainingSettings, gpu_bytes: number | null): PlanChange | undefined {
  const { lora, per_device_train_batch_size, checkpoint_dtype = 'float32', encoding } = settings;
  const question = {
    lora,
    per_device_train_batch_size,
    checkpoint_dtype,
    max_length: encoding.max_length,
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
