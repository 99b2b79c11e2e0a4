/**
 * A run planned from the rows at hand, and its planned peak: all that is on the GPU while the run and its probes are. Readiness, the planner, the GPU
 * chip and the run itself have this one figure, and it is what is allocated then. Nothing on the GPU changes here.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { RowsByMode } from '../../protocol/dataset.ts';
import type { MemoryPlan, TrainingSettings } from '../../protocol/training.ts';
import { type AdapterLayout, layoutAdapter } from '../adapters/lora.ts';
import type { EncodedRow } from '../batch/encode.ts';
import type { EncodedDataset } from '../batch/encoded-dataset.ts';
import { splitValidation } from '../batch/order.ts';
import type { PromptRows } from '../batch/prompt-rows.ts';
import { planAdapter } from '../files/adapter-plan.ts';
import { type Prompt, rowsOf } from '../generate/answer.ts';
import { sizesOf } from '../generate/generator.ts';
import { type GenerationPlans, generationMemory, planGeneration, plansOf } from '../generate/memory.ts';
import { overLimits } from '../graph/footprint.ts';
import { adaptableWeights } from '../models/index.ts';
import { positionsOf } from '../models/rope.ts';
import type { Session } from '../models/session.ts';
import { memoryPlan } from '../train/memory.ts';
import { allPlans } from '../train/plans.ts';
import { type PreparedRun, prepareRun } from '../train/run.ts';
import { PROBE_SAMPLING, probePrompts, probes } from './adherence.ts';
import type { EngineState, OpenAdapter } from './engine-state.ts';
import { evaluationSizesOf } from './run-evaluation.ts';

export interface Prepared {
  readonly session: Session;
  readonly prepared: PreparedRun;
  readonly layout: AdapterLayout;
  readonly rows: number;
  /** Of `rows`; null where neither the model nor the settings have modes. */
  readonly modes: RowsByMode | null;
}

export interface PlannedRun extends Prepared {
  /** The planned peak, by class. */
  readonly memory: MemoryPlan;
  /** What the device's limits refuse. */
  readonly refused: readonly string[];
  /** Why the model has no room for the probes; null where it has, or where there are none. */
  readonly probeProblem: string | null;
}

/** What a run trains on: rows as tokens, or prompts to answer. */
export type RunSource = EncodedDataset | PromptRows;

/** The last one of each source: readiness and the planner are asked about the same settings one after the other. */
const last = new WeakMap<RunSource, { by: string; session: Session; adapter: OpenAdapter | null; planned: PlannedRun }>();

export async function plannedRun(engine: EngineState, settings: TrainingSettings, source: RunSource): Promise<PlannedRun> {
  const { session } = engine.needModel();
  const { adapter } = engine;
  const by = JSON.stringify([settings, engine.questions?.id]);
  const known = last.get(source);
  if (known?.by === by && known.session === session && known.adapter === adapter) return known.planned;
  const prepared = planRun(engine, settings, source);
  const planned = { ...prepared, ...(await peakOf(engine, settings, prepared)) };
  last.set(source, { by, session, adapter, planned });
  return planned;
}

export function planRun(engine: EngineState, settings: TrainingSettings, source: RunSource): Prepared {
  const { session } = engine.needModel();
  const layout = layoutAdapter(planAdapter(withStandingLora(engine, settings).lora, adaptableWeights(session.config)));
  if ('pieces' in source) return planRows(session, settings, source, layout);
  const prepared = prepareRun(session, { settings, rows: [], validation: [], prompts: source.rows, layout });
  return { session, prepared, layout, rows: source.rows.length, modes: null };
}

/** Settings whose LoRA settings are those of the adapter that stands, where the run goes on with it. */
export function withStandingLora({ adapter }: EngineState, settings: TrainingSettings): TrainingSettings {
  if (settings.init_adapter !== 'standing') return settings;
  if (adapter) return { ...settings, lora: adapter.settings };
  throw new MotherTongueError('SettingsError', 'The run is to go on with the adapter that stands and there is none; start from a new one.');
}

/** From a sample the run is planned as if the rest of the dataset were like it. */
function planRows(session: Session, settings: TrainingSettings, encoded: EncodedDataset, layout: AdapterLayout): Prepared {
  const { rows: selected, statistics } = encoded.select({ ...settings.encoding, positions: positionsOf(session.config) });
  if (selected.length === 0) {
    throw new MotherTongueError('DatasetError', 'No row of the dataset can be trained with these settings; the list of problems says why.');
  }
  const rows = encoded.whole
    ? selected
    : Array.from({ length: statistics.rows_trained }, (_, i): EncodedRow => selected[i % selected.length]!);
  const { train, validation } = splitValidation(rows.length, settings.validation_split, settings.seed);
  const pick = (indices: readonly number[]) => indices.map((i) => rows[i]!);
  const prepared = prepareRun(session, { settings, rows: pick(train), validation: pick(validation), layout });
  return { session, prepared, layout, rows: rows.length, modes: statistics.modes ?? null };
}

export async function peakOf(
  engine: EngineState,
  settings: TrainingSettings,
  { session, prepared, layout }: Prepared,
): Promise<Pick<PlannedRun, 'memory' | 'refused' | 'probeProblem'>> {
  const run = memoryPlan(session, prepared);
  const prompts = probes(settings) ? (await probePrompts(engine, settings)).prompts : null;
  const probeProblem = prompts && problemOfProbes(engine, prompts);
  const evaluation = await evaluationSizesOf(engine, settings);
  const plans = [
    ...(prompts && !probeProblem ? [planProbes(engine, prompts, layout)] : []),
    ...(evaluation ? [planGeneration(session, layout, evaluation, session.capabilities, { shrinks: true })] : []),
  ];
  return {
    memory: withAnswers(
      run,
      plans.map((plan) => generationMemory(session, layout, plan)),
    ),
    refused: overLimits(
      [...allPlans(prepared.plans), ...prepared.answers.flatMap(plansOf), ...plans.flatMap(plansOf)],
      session.capabilities,
    ),
    probeProblem,
  };
}

/** A probe that the model has no room for would end the run at its first one. */
function problemOfProbes(engine: EngineState, prompts: readonly Prompt[]): string | null {
  const limit = positionsOf(engine.needModel().session.config);
  const tokens = Math.max(...prompts.map(({ ids }) => ids.length));
  const { max_new_tokens } = PROBE_SAMPLING;
  if (tokens + max_new_tokens <= limit) return null;
  return `A probe asks ${tokens} tokens for up to ${max_new_tokens} more and this model has ${limit} positions; shorten adherence_question, or set adherence_steps to 0.`;
}

/** Probes of adherence answer while everything of the run stays where it is. */
function planProbes(engine: EngineState, prompts: readonly Prompt[], layout: AdapterLayout): GenerationPlans {
  const { session } = engine.needModel();
  const sizes = sizesOf(rowsOf(prompts, PROBE_SAMPLING), positionsOf(session.config));
  return planGeneration(session, layout, sizes, session.capabilities);
}

const ownBytes = ({ cache, workspace, inputs }: MemoryPlan): number => cache + workspace + inputs;

/** A run, and answers given while it is in memory: probes and evaluations follow one another, and programs of one are freed for those of the other. */
export function withAnswers(run: MemoryPlan, answers: readonly MemoryPlan[]): MemoryPlan {
  const [asking] = [...answers].sort((one, other) => ownBytes(other) - ownBytes(one));
  if (!asking) return run;
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
