/**
 * One optimizer step as plans: a micro-batch per shape (forward, loss, backward, gradients added up in the arena) and the update (norm, clip,
 * AdamW). Traced and planned here, without a GPU; programs.ts runs them.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { CheckpointDtype } from '../../protocol/training.ts';
import { type AdapterLayout, ARENAS, averageLayout, withLora } from '../adapters/lora.ts';
import type { Shape } from '../batch/pack.ts';
import { backward } from '../graph/backward.ts';
import { type Plan, plan } from '../graph/plan.ts';
import { byteLength, type Tensor } from '../graph/tensor.ts';
import { Trace } from '../graph/trace.ts';
import type { BaseConfig } from '../models/family.ts';
import { forward } from '../models/index.ts';
import type { Session } from '../models/session.ts';
import { packedStream } from '../models/stream.ts';
import { loadedWeights, type Weights } from '../models/weights.ts';
import { adamw } from '../ops/adamw.ts';
import { sums } from '../ops/add.ts';
import { gatherRows } from '../ops/gather-rows.ts';
import { gradientNorm } from '../ops/gradient-norm.ts';
import { asInt16 } from '../ops/int16.ts';
import { movingAverage } from '../ops/moving-average.ts';
import { type Balance, balanceLoss } from '../ops/router-balance.ts';
import type { BesideWeights, Column, Objective } from './method.ts';

export const STATS = 'train.stats';
export const HISTORY = 'train.history';
export const NORM = 'train.norm';
export const HYPER = 'train.hyper';
export const AVERAGE_RATE = 'train.average_rate';
export const BALANCE = 'train.balance';
export const BALANCE_COUNT = 'train.balance_count';
/** Streams of all shapes begin with the same buffer: with rows of an embedding table it is not small. */
export const BEGINS = 'train.';
/** Likewise the second streams. */
export const BESIDE_BEGINS = 'train.beside.';

/** Floats of one micro-batch's stats: the objective's, then `aux`. */
export function statsWidth({ stats }: Objective): number {
  return Math.max(8, Math.ceil((stats.length + 1) / 4) * 4);
}

export function prefixOf({ T, M, beside }: Shape): string {
  return `train.${T}x${M}${beside === undefined ? '' : `+${beside}`}.`;
}

/** Of the inputs of its second stream. */
export function besidePrefix(shape: Shape): string {
  return `${prefixOf(shape)}beside.`;
}

/** The input that a column of a micro-batch is written to. */
export function columnName(shape: Shape, { name, per }: Column): string {
  return per === 'batch' ? `train.${name}` : prefixOf(shape) + name;
}

export interface MicroBatchOptions {
  /** Only the stats; nothing is differentiated. */
  readonly evaluate?: boolean;
  /** TRL's weight of the load-balancing loss, added per micro-batch; 0 leaves it out. */
  readonly router_aux_loss_coef?: number;
  /** Keep only block inputs for the backward and compute the rest again; as transformers' setting of that name. */
  readonly gradient_checkpointing?: boolean;
  /** How block inputs are kept. The forward is the same; gradients are computed from rounded inputs where it is int16 (see ops/int16.ts). */
  readonly checkpoint_dtype?: CheckpointDtype;
}

type Model = Pick<Session, 'config' | 'weights'>;

function balanceOf(trace: Trace, { num_local_experts, num_hidden_layers, sparse_layers }: BaseConfig, coefficient: number): Balance {
  if (num_local_experts === undefined) {
    throw new MotherTongueError('SettingsError', 'router_aux_loss_coef is not 0, and this model has no experts to balance; set it to 0.');
  }
  const sums = trace.state(BALANCE, [2, num_local_experts]);
  return { sums, count: trace.input(BALANCE_COUNT, [1], 'u32'), layers: sparse_layers ?? num_hidden_layers, coefficient };
}

/** Forward, loss and backward of one packed micro-batch. */
function traceMicroBatch(
  model: Model,
  layout: AdapterLayout,
  objective: Objective,
  shape: Shape,
  { evaluate = false, router_aux_loss_coef = 0, gradient_checkpointing = true, checkpoint_dtype = 'float32' }: MicroBatchOptions = {},
): Trace {
  const { config } = model;
  const packs = checkpoint_dtype === 'int16' && gradient_checkpointing && !evaluate;
  const trace = new Trace({ ...(packs && { activationStorage: asInt16 }) });
  const { stream, attend } = packedStream(trace, model, shape.T, prefixOf(shape), { begins: BEGINS });
  const coefficient = objective.router_aux_loss ? router_aux_loss_coef : 0;
  const balance = router_aux_loss_coef === 0 || evaluate ? undefined : balanceOf(trace, config, coefficient);
  const plain = loadedWeights(trace, model.weights);
  const weights = withLora(trace, plain, layout);
  const atTrainedRows = (hidden: Tensor, prefix = prefixOf(shape)): Tensor =>
    gatherRows(trace, hidden, trace.input(`${prefix}trained_rows`, [shape.M], 'u32'));
  const hidden = atTrainedRows(forward(trace, config, weights, { ...stream, ...(balance && { balance }) }, attend));
  const stats = trace.state(STATS, [statsWidth(objective)]);
  const column = (name: string): Tensor => {
    const found = objective.columns.find((c) => c.name === name);
    if (!found) throw new Error(`The objective ${objective.name} has no column ${name}.`);
    return trace.input(
      columnName(shape, found),
      found.per === 'batch' ? [1] : [shape.M, ...(found.width ? [found.width] : [])],
      found.dtype,
    );
  };
  const row = (name: string): Tensor => trace.state(prefixOf(shape) + name, [shape.M]);
  const base = (): Tensor => trace.section('workspace', () => atTrainedRows(forward(trace, config, plain, stream, attend)));
  const besideWeights = (of: BesideWeights): Weights => {
    if (of === 'average') return withLora(trace, plain, averageLayout(layout));
    return of === 'base' ? plain : weights;
  };
  const beside = (of: BesideWeights): Tensor =>
    trace.section('workspace', () => {
      const prefix = besidePrefix(shape);
      if (shape.beside === undefined) throw new Error(`The objective ${objective.name} reads a second stream, and the shape has none.`);
      const second = packedStream(trace, model, shape.beside, prefix, { begins: BESIDE_BEGINS });
      return atTrainedRows(forward(trace, config, besideWeights(of), second.stream, second.attend), prefix);
    });
  const head = weights.linear('lm_head');
  const dhidden = trace.section('loss', () => objective.loss(trace, { hidden, head, column, stats, base, beside, row, evaluate }));
  if (balance) balanceLoss(trace, balance, stats, objective.stats.length);
  if (!evaluate && dhidden) backward(trace, new Map([[hidden, dhidden]]), sums, gradient_checkpointing);
  return trace;
}

function traceOptimizer(layout: AdapterLayout): Trace {
  const trace = new Trace();
  const arena = (name: string) => trace.state(name, [layout.length]);
  const hyper = trace.input(HYPER, [8]);
  const norm = trace.state(NORM, [2]);
  const gradient = arena(ARENAS.gradients);
  gradientNorm(trace, gradient, hyper, norm);
  adamw(trace, { param: arena(ARENAS.parameters), gradient, m: arena(ARENAS.m), v: arena(ARENAS.v) }, norm, hyper);
  return trace;
}

function traceAverage(layout: AdapterLayout): Trace {
  const trace = new Trace();
  const arena = (name: string) => trace.state(name, [layout.length]);
  movingAverage(trace, { rate: trace.input(AVERAGE_RATE, [1]), param: arena(ARENAS.parameters) }, arena(ARENAS.average));
  return trace;
}

export interface StepPlans {
  readonly objective: Objective;
  readonly shapes: readonly Shape[];
  readonly micro: readonly Plan[];
  readonly evaluationShapes: readonly Shape[];
  readonly evaluate: readonly Plan[];
  readonly optimizer: Plan;
  /** Of the adapter's running average; null where the objective reads none. */
  readonly average: Plan | null;
  /** Only block inputs are kept for the backward, because keeping everything would take much memory. */
  readonly recomputes: boolean;
}

/** Where everything the backward reads fits in this, nothing is computed twice. */
export const KEEP_ALL_BYTES = 512 * 1024 * 1024;

export interface StepShapes {
  readonly micro: readonly Shape[];
  readonly evaluate?: readonly Shape[];
}

/** All plans of a run; needs no GPU. `gradient_checkpointing` absent: only where keeping everything would take much memory. */
export function planSteps(
  model: Pick<Session, 'config' | 'weights' | 'capabilities'>,
  layout: AdapterLayout,
  objective: Objective,
  { micro: shapes, evaluate = [] }: StepShapes,
  { gradient_checkpointing, ...options }: Omit<MicroBatchOptions, 'evaluate'> = {},
): StepPlans {
  const { config, capabilities } = model;
  const planOne = (shape: Shape, more: MicroBatchOptions): Plan =>
    plan(traceMicroBatch(model, layout, objective, shape, more), capabilities);
  const planMicro = (again: boolean): Plan[] => shapes.map((shape) => planOne(shape, { ...options, gradient_checkpointing: again }));
  // Block inputs alone, which need no plan to be counted.
  const smallest = Math.max(...shapes.map(({ T }) => T)) * config.hidden_size * 4 * config.num_hidden_layers;
  const tooMuch = gradient_checkpointing === undefined && smallest > KEEP_ALL_BYTES;
  const kept = gradient_checkpointing === true || tooMuch ? null : planMicro(false);
  const small = kept?.every(({ slots }) => slots.reduce((n, s) => n + s.bytes, 0) <= KEEP_ALL_BYTES);
  const keepsAll = kept !== null && (small || gradient_checkpointing === false);
  return {
    objective,
    shapes,
    micro: keepsAll ? kept : planMicro(true),
    recomputes: !keepsAll,
    evaluationShapes: evaluate,
    evaluate: evaluate.map((shape) => planOne(shape, { evaluate: true })),
    optimizer: plan(traceOptimizer(layout), capabilities),
    average: objective.average ? plan(traceAverage(layout), capabilities) : null,
  };
}

/** Every plan of a run. */
export function allPlans({ micro, evaluate, optimizer, average }: StepPlans): Plan[] {
  return [...micro, ...evaluate, optimizer, ...(average ? [average] : [])];
}

/** Inputs and small states of the programs of a run by name, with the most bytes that one of them takes. */
export function inputsOf(plans: readonly Plan[]): Map<string, number> {
  const bytes = new Map<string, number>();
  const arenas = new Set<string>(Object.values(ARENAS));
  for (const t of plans.flatMap((p) => p.persistent)) {
    const own = t.role === 'input' || (t.role === 'state' && !arenas.has(t.name));
    if (own) bytes.set(t.name, Math.max(byteLength(t), bytes.get(t.name) ?? 0));
  }
  return bytes;
}

/** Buffers that keep what the host reads of so many micro-batches, one after another: the stats, and each of the objective's rows. */
export function historyOf(micro_batches: number, { objective, shapes, evaluationShapes }: StepPlans): Map<string, number> {
  const bytes = new Map([[HISTORY, micro_batches * statsWidth(objective) * 4]]);
  const longest = longestRows([...shapes, ...evaluationShapes]);
  for (const name of objective.rows ?? []) bytes.set(rowHistory(name), micro_batches * longest * 4);
  return bytes;
}

export function longestRows(shapes: readonly Shape[]): number {
  return Math.max(...shapes.map(({ M }) => M));
}

export function rowHistory(name: string): string {
  return `${HISTORY}.${name}`;
}
