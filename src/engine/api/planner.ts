/**
 * Does it fit? Plans a run and an answer for any config and judges them by the device's limits and by what the GPU has, and searches the
 * smallest single change that makes it fit. Needs no GPU, no weights and no dataset.
 */

import { formatBytes } from '../../lib/format.ts';
import { lengthsBelow } from '../../lib/row-lengths.ts';
import type { LoraSettings, MemoryPlan, PlanAnswer, PlanChange, PlanQuestion, Verdict } from '../../protocol/training.ts';
import { joinLayouts } from '../adapters/joined.ts';
import { type AdapterLayout, layoutAdapter } from '../adapters/lora.ts';
import { MAX_SHAPES, wholeTiles } from '../batch/buckets.ts';
import { EVALUATION_BATCH } from '../evaluate/checkpoint-evaluation.ts';
import { planAdapter } from '../files/adapter-plan.ts';
import { generationShape, paddedPrompt } from '../generate/generator.ts';
import { type GenerationPlans, generationMemory, planGeneration, plansOf } from '../generate/memory.ts';
import { overLimits } from '../graph/footprint.ts';
import { uniformBytes } from '../graph/program.ts';
import { adaptableWeights } from '../models/index.ts';
import { positionsOf } from '../models/rope.ts';
import type { Session } from '../models/session.ts';
import { memoryPlan } from '../train/memory.ts';
import { allPlans, inputsOf, KEEP_ALL_BYTES, planSteps, prefixOf, type StepPlans } from '../train/plans.ts';
import { bothModesObjectives, sftObjectives } from '../train/sft.ts';
import { PROBE_SAMPLING } from './adherence.ts';
import { type PlannedRun, withAnswers } from './run-plan.ts';

export type PlannedModel = Pick<Session, 'config' | 'weights' | 'capabilities'>;

/** The settings that decide about memory. */
export type PlanSettings = Omit<PlanQuestion, 'config' | 'run'>;

/** What browser, desktop and driver need beside us, and the rest that it is wise to leave free. */
const RESERVED = 0.06;
const COMFORT = 0.15;
/** Below this nobody needs to ask: every GPU that runs WebGPU well has it. */
const SMALL = 2 * 2 ** 30;
/** Longest prompt that the plan for answering takes in at once. */
const PROMPT = 1024;
const NEW_TOKENS = 1024;
/** Tokens of a probe's question with its instructions; real ones have about half of that. */
const PROBE_PROMPT = 256;
/** Tokens of a question on which a run is evaluated, with its instructions. */
const QUESTION = 512;

/** `fromRows`: the run as it is planned from the rows of a dataset; null: every row is taken to be max_length long. */
export function answer(
  model: PlannedModel,
  settings: PlanSettings,
  fromRows: Pick<PlannedRun, 'memory' | 'refused'> | null = null,
): PlanAnswer {
  const worst = planBoth(model, settings);
  const planned = fromRows ? { ...worst, train: fromRows.memory, refusedRun: fromRows.refused } : worst;
  const judged = judgeBoth(planned, settings.gpu_bytes);
  const change = judged.verdict === 'does-not-fit' && !settings.verdict_only ? smallestChange(model, settings) : undefined;
  const { train, generate, trainable_parameters } = planned;
  return { basis: fromRows ? 'rows' : 'longest', train, generate, trainable_parameters, ...judged, ...(change && { change }) };
}

interface Planned {
  readonly train: MemoryPlan;
  readonly generate: MemoryPlan;
  readonly trainable_parameters: number;
  /** What the device's limits refuse, of the run and of answering. */
  readonly refusedRun: readonly string[];
  readonly refusedAnswer: readonly string[];
}

function judgeBoth({ refusedRun, refusedAnswer, ...planned }: Planned, gpu_bytes: number | null) {
  return judge({ ...planned, refused: [...refusedRun, ...refusedAnswer] }, gpu_bytes);
}

/** The latest plans, newest last: another size of the GPU, or a slider that comes back, plans nothing anew. */
const recent = new Map<string, Planned>();
const RECENT = 32;

function planBoth(model: PlannedModel, { gpu_bytes: _, verdict_only: __, ...settings }: PlanSettings): Planned {
  const key = JSON.stringify([model.config, [...model.weights], model.capabilities, settings]);
  const known = recent.get(key);
  recent.delete(key);
  const planned = known ?? planAnew(model, settings);
  recent.set(key, planned);
  for (const oldest of recent.keys()) {
    if (recent.size <= RECENT) break;
    recent.delete(oldest);
  }
  return planned;
}

function planAnew(model: PlannedModel, settings: Omit<PlanSettings, 'gpu_bytes'>): Planned {
  const { config, capabilities } = model;
  const layout = layoutAdapter(planAdapter(settings.lora, adaptableWeights(config)));
  const length = Math.min(settings.max_length, positionsOf(config)) * settings.per_device_train_batch_size;
  const size = wholeTiles(length);
  const plans = planSteps(
    model,
    layout,
    (settings.shorter_rows ? bothModesObjectives : sftObjectives).nll, // an upper bound holds for rows of both modes
    { micro: [{ T: size, M: size }] },
    { ...(settings.checkpoint_dtype && { checkpoint_dtype: settings.checkpoint_dtype }) },
  );
  const step = { gradient_accumulation_steps: 1 };
  const largest = memoryPlan(model, { layout, plans, history: 1, settings: step });
  const run = settings.shorter_rows ? upperBound(largest, plans) : largest;
  const during = [
    planProbes(model, layout, settings.probe_rows ?? 0),
    planEvaluation(model, layout, settings.evaluation_tokens ?? 0),
  ].filter((one) => one !== null);
  const rows = settings.cache_rows;
  const new_tokens = Math.min(NEW_TOKENS, settings.cache_length);
  const shape = generationShape(rows, settings.cache_length, new_tokens, positionsOf(config));
  const prompt = paddedPrompt(Math.min(PROMPT, settings.cache_length) * rows);
  const answering = besideEachOther(model, layout, settings.adapters ?? 1);
  const asking = planGeneration(model, answering, { shape, prompt }, capabilities);
  const generate = generationMemory(model, answering, asking);
  return {
    train: withAnswers(
      run,
      during.map((one) => generationMemory(model, layout, one)),
    ),
    generate: answering === layout ? generate : withStanding(generate, layout),
    trainable_parameters: layout.parameters,
    refusedRun: overLimits([...allPlans(plans), ...during.flatMap(plansOf)], capabilities),
    refusedAnswer: overLimits([asking.prefill, asking.decode], capabilities),
  };
}

/** A run has several shapes, each with inputs of its own, and where all of them are small it keeps everything for the backward. */
function upperBound(largest: MemoryPlan, { micro: [plan], shapes: [shape], recomputes }: StepPlans): MemoryPlan {
  const own = [...inputsOf([plan!])].reduce((sum, [name, bytes]) => sum + (name.startsWith(prefixOf(shape!)) ? bytes : 0), 0);
  const inputs = MAX_SHAPES * (own + uniformBytes(plan!)); // the other shapes and that of an evaluation
  const slots = largest.checkpoints + largest.workspace + largest.loss;
  const kept = recomputes ? Math.max(0, KEEP_ALL_BYTES - slots) : 0;
  return {
    ...largest,
    inputs: largest.inputs + inputs,
    workspace: largest.workspace + kept,
    peak: largest.peak + inputs + kept,
  };
}

/** Probes whose questions are not known yet. */
function planProbes(model: PlannedModel, layout: AdapterLayout, rows: number): GenerationPlans | null {
  if (rows === 0) return null;
  const limit = positionsOf(model.config);
  const { max_new_tokens } = PROBE_SAMPLING;
  const shape = generationShape(rows, Math.min(limit, PROBE_PROMPT + max_new_tokens), max_new_tokens, limit);
  const prompt = paddedPrompt(Math.min(limit, PROBE_PROMPT) * rows);
  return planGeneration(model, layout, { shape, prompt }, model.capabilities);
}

/** Questions of a run that are not read yet: a whole batch of them, each as long as a problem of contests is. */
function planEvaluation(model: PlannedModel, layout: AdapterLayout, max_new_tokens: number): GenerationPlans | null {
  if (max_new_tokens === 0) return null;
  const limit = positionsOf(model.config);
  const shape = generationShape(EVALUATION_BATCH, Math.min(limit, QUESTION + max_new_tokens), max_new_tokens, limit);
  const prompt = paddedPrompt(Math.min(limit, QUESTION) * EVALUATION_BATCH);
  return planGeneration(model, layout, { shape, prompt }, model.capabilities, { shrinks: true });
}

/** Kept adapters may have other ranks and targets than the settings say; each is taken to be as large as the one that these would make. */
function besideEachOther(model: PlannedModel, layout: AdapterLayout, adapters: number): AdapterLayout {
  if (adapters < 2) return layout;
  return joinLayouts(
    adaptableWeights(model.config),
    Array.from({ length: adapters }, () => layout),
  );
}

/** The adapter that stands keeps its place beside its copy among the others. */
function withStanding(plan: MemoryPlan, { length }: AdapterLayout): MemoryPlan {
  return { ...plan, adapter: plan.adapter + length * 4, peak: plan.peak + length * 4 };
}

/** `generate` null: a run alone is judged. `gpu_bytes` null: unknown. */
export function judge(
  { train, generate, refused }: { train: MemoryPlan; generate: MemoryPlan | null; refused: readonly string[] },
  gpu_bytes: number | null,
): { verdict: Verdict; reason: string } {
  const peak = Math.max(train.peak, generate?.peak ?? 0);
  const answering = generate ? ` and answering ${formatBytes(generate.peak)}` : '';
  const needs = `Training takes ${formatBytes(train.peak)}${answering} at most`;
  if (refused.length > 0) return { verdict: 'does-not-fit', reason: `This GPU refuses ${refused[0]}.` };
  if (gpu_bytes === null) {
    if (peak <= SMALL) return { verdict: 'fits', reason: `${needs}.` };
    return {
      verdict: 'tight',
      reason: `${needs}. Browsers do not say how much memory a GPU has: state it, or let the check before training try it out.`,
    };
  }
  const has = `this GPU has ${formatBytes(gpu_bytes)}`;
  if (peak > gpu_bytes * (1 - RESERVED))
    return { verdict: 'does-not-fit', reason: `${needs}; ${has}, and some of it belongs to the system.` };
  if (peak > gpu_bytes * (1 - COMFORT)) return { verdict: 'tight', reason: `${needs}; ${has}. Close other programs that use the GPU.` };
  return { verdict: 'fits', reason: `${needs}; ${has}.` };
}

/** Below this, rows of reasoning are hardly worth training. */
const LEAST_LENGTH = 64;

/** The largest max_length, at most that of the settings, with which a run fits; what answering takes is another question. */
export function longestFitting(model: PlannedModel, settings: PlanSettings): number {
  const lengths = lengthsBelow(settings.max_length, Math.min(settings.max_length, LEAST_LENGTH));
  const fits = (max_length: number): boolean => {
    const { train, refusedRun: refused } = planBoth(model, { ...settings, max_length });
    return judge({ train, generate: null, refused }, settings.gpu_bytes).verdict !== 'does-not-fit';
  };
  let [low, high] = [0, lengths.length - 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (fits(lengths[middle]!)) high = middle;
    else low = middle + 1;
  }
  return lengths[high]!;
}

interface Way {
  readonly values: readonly number[];
  apply(value: number): Partial<PlanSettings>;
  say(value: number): string;
}

/** Ways to make a plan smaller, the least harmful first; each from what it is now down to its end. */
function* ways(settings: PlanSettings): Generator<Way> {
  const halves = (from: number, to: number): number[] =>
    from / 2 >= to ? [Math.floor(from / 2), ...halves(Math.floor(from / 2), to)] : [];
  const steps = (from: number, to: number, by: number): number[] =>
    Array.from({ length: Math.max(0, Math.ceil((from - to) / by)) }, (_, i) => Math.max(to, Math.ceil(from / by - 1 - i) * by));
  yield {
    values: steps(settings.per_device_train_batch_size, 1, 1),
    apply: (value) => ({ per_device_train_batch_size: value }),
    say: (value) => `Set per_device_train_batch_size to ${value} and raise gradient_accumulation_steps: it trains the same.`,
  };
  yield {
    values: settings.checkpoint_dtype === 'int16' ? [] : [16],
    apply: () => ({ checkpoint_dtype: 'int16' }),
    say: () =>
      'Set checkpoint_dtype to int16: block inputs wait for the backward in half the room, and gradients differ in the fourth digit.',
  };
  yield {
    values: settings.learns_from_answers ? [] : steps(settings.max_length, 128, 128),
    apply: (value) => ({ max_length: value }),
    say: (value) => `Set max_length to ${value}; longer rows are cut there.`,
  };
  yield {
    values: steps(settings.cache_length, 256, 256),
    apply: (value) => ({ cache_length: value }),
    say: (value) => `Ask with a cache of ${value} tokens.`,
  };
  yield {
    values: halves(settings.lora.r, 1),
    apply: (value) => ({ lora: { ...settings.lora, r: value } satisfies LoraSettings }),
    say: (value) => `Set r to ${value}; the adapter can learn less.`,
  };
}

/** The first way that works, and of its values the largest that fits (memory falls with each of them); else the fewest ways together. */
function smallestChange(model: PlannedModel, settings: PlanSettings): PlanChange | undefined {
  const attempt = (changed: Partial<PlanSettings>): Planned | null => {
    const planned = planBoth(model, { ...settings, ...changed });
    return judgeBoth(planned, settings.gpu_bytes).verdict === 'does-not-fit' ? null : planned;
  };
  /** The largest value of a way with which it fits, on top of what is changed already. */
  const along = ({ values, apply }: Way, base: Partial<PlanSettings>): number | undefined => {
    const last = values.at(-1);
    if (last === undefined || !attempt({ ...base, ...apply(last) })) return undefined;
    let [low, high] = [0, values.length - 1]; // values[high] fits
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (attempt({ ...base, ...apply(values[middle]!) })) high = middle;
      else low = middle + 1;
    }
    return values[high]!;
  };
  const change = (changed: Partial<PlanSettings>, sentences: readonly string[]): PlanChange => {
    const { lora, ...rest } = changed;
    const planned = attempt(changed)!;
    const peak = Math.max(planned.train.peak, planned.generate.peak);
    return { sentence: sentences.join(' '), ...rest, ...(lora && { r: lora.r }), peak };
  };
  for (const way of ways(settings)) {
    const value = along(way, {});
    if (value !== undefined) return change(way.apply(value), [way.say(value)]);
  }
  // No single one does: one after the other to its end, until the next one fits somewhere on its way.
  let base: Partial<PlanSettings> = {};
  const said: string[] = [];
  for (const way of ways(settings)) {
    const value = along(way, base);
    if (value !== undefined) return change({ ...base, ...way.apply(value) }, [...said, way.say(value)]);
    const last = way.values.at(-1);
    if (last === undefined) continue;
    base = { ...base, ...way.apply(last) };
    said.push(way.say(last));
  }
  return undefined;
}
