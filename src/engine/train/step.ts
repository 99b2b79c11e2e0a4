/**
 * One training step as programs: a micro-batch program per shape (forward, loss, backward, gradients added up in the arena) and one optimizer
 * program (norm, clip, AdamW). Everything is created in `create`; a step encodes and submits, and reads 40 bytes back.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { CheckpointDtype } from '../../protocol/training.ts';
import { type AdapterLayout, ARENAS, withLora } from '../adapters/lora.ts';
import type { PackedBatch, Shape } from '../batch/pack.ts';
import { backward } from '../graph/backward.ts';
import { type Plan, plan } from '../graph/plan.ts';
import { Pool, Program } from '../graph/program.ts';
import { byteLength } from '../graph/tensor.ts';
import { Trace } from '../graph/trace.ts';
import type { BaseConfig } from '../models/family.ts';
import { forward } from '../models/index.ts';
import { type Session, writeIds } from '../models/session.ts';
import { packedStream } from '../models/stream.ts';
import { type DeviceWeights, loadedWeights } from '../models/weights.ts';
import { type AdamwSettings, adamw, adamwHyper } from '../ops/adamw.ts';
import { sums } from '../ops/add.ts';
import { gatherRows } from '../ops/gather-rows.ts';
import { gradientNorm } from '../ops/gradient-norm.ts';
import { headLoss } from '../ops/head-loss.ts';
import { asInt16 } from '../ops/int16.ts';
import { type Balance, balanceLoss } from '../ops/router-balance.ts';

/** Sums over one micro-batch. */
export interface BatchFigures {
  readonly nll: number;
  readonly correct: number;
  readonly entropy: number;
  readonly trained: number;
  /** Load-balancing loss, 0 when it is off. */
  readonly aux: number;
}

export interface WindowFigures {
  readonly batches: readonly BatchFigures[];
  /** Before clipping. */
  readonly grad_norm: number;
}

const METRICS = 'train.metrics';
/** Figures of the micro-batches since the last read, one after another. */
const HISTORY = 'train.history';
const FIGURES = 8;

/** Bytes of the history of `window` micro-batches. */
export function historyBytes(window: number): number {
  return window * FIGURES * 4;
}
const NORM = 'train.norm';
const HYPER = 'train.hyper';
const INVERSE_COUNT = 'train.inverse_count';
const BALANCE = 'train.balance';
const BALANCE_COUNT = 'train.balance_count';
/** Streams of all shapes begin with the same buffer: with rows of an embedding table it is not small. */
const BEGINS = 'train.';

function prefixOf({ T, M }: Shape): string {
  return `train.${T}x${M}.`;
}

export interface MicroBatchOptions {
  /** Only the loss figures; nothing is differentiated. */
  readonly evaluate?: boolean;
  /** TRL's weight of the load-balancing loss, added per micro-batch; 0 leaves it out. */
  readonly router_aux_loss_coef?: number;
  /** Keep only block inputs for the backward and compute the rest again; as transformers' setting of that name. */
  readonly gradient_checkpointing?: boolean;
  /** How block inputs are kept. The forward is the same; gradients are computed from rounded inputs where it is int16 (see ops/int16.ts). */
  readonly checkpoint_dtype?: CheckpointDtype;
}

function balanceOf(trace: Trace, { num_local_experts, num_hidden_layers }: BaseConfig, coefficient: number): Balance {
  if (num_local_experts === undefined) {
    throw new MotherTongueError(
      'SettingsError',
      `router_aux_loss_coef is ${coefficient}, and this model has no experts to balance; set it to 0.`,
    );
  }
  const sums = trace.state(BALANCE, [2, num_local_experts]);
  return { sums, count: trace.input(BALANCE_COUNT, [1], 'u32'), layers: num_hidden_layers, coefficient };
}

/** Forward, loss and backward of one packed micro-batch. */
export function traceMicroBatch(
  config: BaseConfig,
  deviceWeights: DeviceWeights,
  layout: AdapterLayout,
  shape: Shape,
  { evaluate = false, router_aux_loss_coef = 0, gradient_checkpointing = true, checkpoint_dtype = 'float32' }: MicroBatchOptions = {},
): Trace {
  const narrow = checkpoint_dtype === 'int16' && gradient_checkpointing && !evaluate;
  const trace = new Trace({ ...(narrow && { keeping: asInt16 }) });
  const prefix = prefixOf(shape);
  const packed = packedStream(trace, { config, weights: deviceWeights }, shape.T, prefix, { begins: BEGINS });
  const { attend } = packed;
  const balance = router_aux_loss_coef === 0 || evaluate ? undefined : balanceOf(trace, config, router_aux_loss_coef);
  const stream = { ...packed.stream, ...(balance && { balance }) };
  const weights = withLora(trace, loadedWeights(trace, deviceWeights), layout);
  const hidden = gatherRows(trace, forward(trace, config, weights, stream, attend), trace.input(`${prefix}trained_rows`, [shape.M], 'u32'));
  const labels = trace.input(`${prefix}trained_labels`, [shape.M], 'i32');
  const dhidden = trace.section('loss', () =>
    headLoss(trace, hidden, weights.linear('lm_head'), labels, trace.input(INVERSE_COUNT, [1]), trace.state(METRICS, [FIGURES])),
  );
  if (balance) balanceLoss(trace, balance, trace.state(METRICS, [FIGURES]));
  if (!evaluate) backward(trace, new Map([[hidden, dhidden]]), sums, gradient_checkpointing);
  return trace;
}

export function traceOptimizer(layout: AdapterLayout): Trace {
  const trace = new Trace();
  const arena = (name: string) => trace.state(name, [layout.length]);
  const hyper = trace.input(HYPER, [8]);
  const norm = trace.state(NORM, [2]);
  const gradient = arena(ARENAS.gradients);
  gradientNorm(trace, gradient, hyper, norm);
  adamw(trace, { param: arena(ARENAS.parameters), gradient, m: arena(ARENAS.m), v: arena(ARENAS.v) }, norm, hyper);
  return trace;
}

export interface StepPlans {
  readonly shapes: readonly Shape[];
  readonly micro: readonly Plan[];
  readonly evaluate: readonly Plan[];
  readonly optimizer: Plan;
}

/** Where everything the backward reads fits in this, nothing is computed twice. */
const KEEP_ALL_BYTES = 512 * 1024 * 1024;

export interface StepShapes {
  readonly micro: readonly Shape[];
  readonly evaluate?: readonly Shape[];
}

/** All plans of a run; needs no GPU. `gradient_checkpointing` absent: only where keeping everything would take much memory. */
export function planSteps(
  { config, weights, capabilities }: Pick<Session, 'config' | 'weights' | 'capabilities'>,
  layout: AdapterLayout,
  { micro: shapes, evaluate = [] }: StepShapes,
  { gradient_checkpointing, ...options }: Omit<MicroBatchOptions, 'evaluate'> = {},
): StepPlans {
  const planMicro = (again: boolean): Plan[] =>
    shapes.map((shape) =>
      plan(traceMicroBatch(config, weights, layout, shape, { ...options, gradient_checkpointing: again }), capabilities),
    );
  // Block inputs are the least of it, and need no plan to be counted.
  const least = Math.max(...shapes.map(({ T }) => T)) * config.hidden_size * 4 * config.num_hidden_layers;
  const tooMuch = gradient_checkpointing === undefined && least > KEEP_ALL_BYTES;
  const kept = gradient_checkpointing === true || tooMuch ? null : planMicro(false);
  const small = kept?.every(({ slots }) => slots.reduce((n, s) => n + s.bytes, 0) <= KEEP_ALL_BYTES);
  return {
    shapes,
    micro: kept && (small || gradient_checkpointing === false) ? kept : planMicro(true),
    evaluate: evaluate.map((shape) => plan(traceMicroBatch(config, weights, layout, shape, { evaluate: true }), capabilities)),
    optimizer: plan(traceOptimizer(layout), capabilities),
  };
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

/** Micro-batches that are submitted before the first of them is done. */
const AHEAD = 2;

export class TrainingPrograms {
  private recorded = 0;
  private readonly ahead: Promise<undefined>[] = [];
  private constructor(
    private readonly session: Session,
    private readonly pool: Pool,
    private readonly micro: ReadonlyMap<string, Program>,
    private readonly evaluation: ReadonlyMap<string, Program>,
    private readonly optimizer: Program,
  ) {}

  /** The adapter's arenas must exist in the store (createAdapter with training). `window`: most micro-batches between two reads of figures. */
  static async create(session: Session, plans: StepPlans, evaluationShapes: readonly Shape[], window: number): Promise<TrainingPrograms> {
    const { store } = session;
    const all = [...plans.micro, ...plans.evaluate, plans.optimizer];
    for (const [name, bytes] of inputsOf(all)) if (!store.has(name)) store.create(name, bytes, 'inputs');
    store.create(HISTORY, historyBytes(window), 'inputs');
    const pool = new Pool(store, 'train-slots');
    pool.reserve(all.map((p) => p.slots));
    const build = (list: readonly Plan[], shapes: readonly Shape[]): Promise<Map<string, Program>> =>
      Promise.all(list.map(async (p, i) => [prefixOf(shapes[i]!), await Program.build(store, p, pool)] as const)).then((e) => new Map(e));
    const micro = await build(plans.micro, plans.shapes);
    const evaluation = await build(plans.evaluate, evaluationShapes);
    store.clear(METRICS);
    return new TrainingPrograms(session, pool, micro, evaluation, await Program.build(store, plans.optimizer, pool));
  }

  /** Adds a micro-batch's gradient to the arena and its figures to the metrics. `windowCount`: trained tokens of the whole window. */
  microBatch(batch: PackedBatch, windowCount: number): Promise<void> {
    return this.run(this.micro, batch, windowCount);
  }

  /** Adds a micro-batch's figures to the metrics, no gradient. */
  evaluate(batch: PackedBatch): Promise<void> {
    return this.run(this.evaluation, batch, 1);
  }

  /** Clips, steps, clears the gradient. `step` counts updates from 1. */
  optimizerStep(settings: AdamwSettings, step: number): void {
    this.session.store.write(HYPER, Float32Array.from(adamwHyper(settings, step)));
    this.optimizer.run();
  }

  /** Figures since the last call; waits for the GPU. */
  async figures(): Promise<WindowFigures> {
    const { store } = this.session;
    const count = this.recorded;
    this.recorded = 0;
    const [history, norm] = await Promise.all([store.read(HISTORY), store.read(NORM)]);
    const values = new Float32Array(history);
    const batches = Array.from({ length: count }, (_, i): BatchFigures => {
      const [nll, correct, entropy, trained, aux] = values.subarray(i * FIGURES) as unknown as [number, number, number, number, number];
      return { nll, correct, entropy, trained, aux };
    });
    return { batches, grad_norm: new Float32Array(norm)[0]! };
  }

  free(): void {
    for (const program of [...this.micro.values(), ...this.evaluation.values(), this.optimizer]) program.free();
    this.pool.free();
    this.session.store.free((name) => name.startsWith('train.'));
  }

  /**
   * Resolves when the work is submitted, which is at most AHEAD micro-batches before it is done: inputs wait in host memory until then, and with
   * rows of an embedding table they are not small.
   */
  private async run(programs: ReadonlyMap<string, Program>, batch: PackedBatch, count: number): Promise<void> {
    const prefix = prefixOf(batch);
    const program = programs.get(prefix);
    if (!program) throw new Error(`No program was made for a stream of ${batch.T} tokens with ${batch.M} labels.`);
    const { store } = this.session;
    await writeIds(this.session, BEGINS, batch.ids);
    for (const name of ['positions', 'doc_start', 'doc_end', 'trained_rows', 'trained_labels'] as const) {
      store.write(prefix + name, batch[name]);
    }
    store.write(INVERSE_COUNT, Float32Array.of(1 / count));
    if (store.has(BALANCE)) {
      store.clear(BALANCE);
      store.write(BALANCE_COUNT, Uint32Array.of(batch.tokens));
    }
    program.run();
    store.takeInto(METRICS, HISTORY, this.recorded++ * FIGURES * 4);
    // A lost device shows when figures are read.
    this.ahead.push(store.gpu.idle().catch(() => undefined));
    if (this.ahead.length > AHEAD) await this.ahead.shift();
  }
}
