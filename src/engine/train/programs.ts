/**
 * The programs of a run: a micro-batch program per shape, one for evaluation, one for the update. Everything is created in `create`; a step
 * encodes and submits, and reads the stats of its micro-batches back.
 */
import { type PackedBatch, type PackedStream, type Shape, sizesOf } from '../batch/pack.ts';
import { type GenerationPlans, plansOf } from '../generate/memory.ts';
import type { Plan } from '../graph/plan.ts';
import { Pool, Program } from '../graph/program.ts';
import { type Session, writeIds } from '../models/session.ts';
import { type AdamwSettings, adamwHyper } from '../ops/adamw.ts';
import type { Objective, RowValues, Stats } from './method.ts';
import {
  AVERAGE_RATE,
  allPlans,
  BALANCE,
  BALANCE_COUNT,
  BEGINS,
  BESIDE_BEGINS,
  besidePrefix,
  columnName,
  HISTORY,
  HYPER,
  historyOf,
  inputsOf,
  longestRows,
  NORM,
  prefixOf,
  rowHistory,
  STATS,
  type StepPlans,
  statsWidth,
} from './plans.ts';

/** Micro-batches that are submitted before the first of them is done. */
const AHEAD = 2;

export class TrainingPrograms {
  private recorded = 0;
  private readonly ahead: Promise<undefined>[] = [];
  private constructor(
    private readonly session: Session,
    private readonly objective: Objective,
    /** Most trained rows of a micro-batch. */
    private readonly longest: number,
    /** Slots of the run, and of the answers that it learns from. */
    readonly pool: Pool,
    private readonly micro: ReadonlyMap<string, Program>,
    private readonly evaluation: ReadonlyMap<string, Program>,
    private readonly optimizer: Program,
    private readonly average: Program | null,
  ) {}

  /** The adapter's arenas must exist in the store (createAdapter with training). `history`: most micro-batches between two reads of stats; `answers` run on the same slots. */
  static async create(
    session: Session,
    plans: StepPlans,
    history: number,
    answers: readonly GenerationPlans[] = [],
  ): Promise<TrainingPrograms> {
    const { store } = session;
    const { objective } = plans;
    const all = allPlans(plans);
    for (const [name, bytes] of inputsOf(all)) if (!store.has(name)) store.create(name, bytes, 'inputs');
    for (const [name, bytes] of historyOf(history, plans)) store.create(name, bytes, 'inputs');
    const pool = new Pool(store, 'train-slots');
    pool.reserve([...all, ...answers.flatMap(plansOf)].map((p) => p.slots));
    const build = async (list: readonly Plan[], shapes: readonly Shape[]): Promise<Map<string, Program>> =>
      new Map(await Promise.all(list.map(async (p, i) => [prefixOf(shapes[i]!), await Program.build(store, p, pool)] as const)));
    const micro = await build(plans.micro, plans.shapes);
    const evaluation = await build(plans.evaluate, plans.evaluationShapes);
    store.clear(STATS);
    const longest = longestRows([...plans.shapes, ...plans.evaluationShapes]);
    const optimizer = await Program.build(store, plans.optimizer, pool);
    const average = plans.average && (await Program.build(store, plans.average, pool));
    return new TrainingPrograms(session, objective, longest, pool, micro, evaluation, optimizer, average);
  }

  /** Adds a micro-batch's gradient to the arena and records its stats. */
  microBatch(batch: PackedBatch): Promise<void> {
    return this.run(this.micro, batch);
  }

  /** Records a micro-batch's stats, no gradient. */
  evaluate(batch: PackedBatch): Promise<void> {
    return this.run(this.evaluation, batch);
  }

  /** Clips, steps, clears the gradient. `step` counts updates from 1. */
  optimizerStep(settings: AdamwSettings, step: number): void {
    this.session.store.write(HYPER, Float32Array.from(adamwHyper(settings, step)));
    this.optimizer.run();
  }

  /** The adapter's running average takes so much of the adapter as it stands; 1: all of it. */
  takeAverage(rate: number): void {
    if (!this.average) throw new Error('The objective reads no running average.');
    this.session.store.write(AVERAGE_RATE, Float32Array.of(rate));
    this.average.run();
  }

  /** What every micro-batch since the last call left for the host, and the gradient's norm before clipping; waits for the GPU. */
  async stats(): Promise<{ readonly batches: readonly Stats[]; readonly rows: readonly RowValues[]; readonly grad_norm: number }> {
    const { store } = this.session;
    const { stats, rows = [] } = this.objective;
    const count = this.recorded;
    this.recorded = 0;
    const [history, norm, ...values] = await Promise.all([HISTORY, NORM, ...rows.map(rowHistory)].map((name) => store.read(name)));
    return {
      batches: records(count, statsWidth(this.objective), new Float32Array(history!), [...stats, 'aux']),
      rows: Array.from({ length: count }, (_, b) =>
        Object.fromEntries(rows.map((name, i) => [name, new Float32Array(values[i]!, b * this.longest * 4, this.longest)])),
      ),
      grad_norm: new Float32Array(norm!)[0]!,
    };
  }

  free(): void {
    for (const program of [...this.micro.values(), ...this.evaluation.values(), this.optimizer, this.average]) program?.free();
    this.pool.free();
    this.session.store.free((name) => name.startsWith('train.'));
  }

  /**
   * Resolves when the work is submitted, which is at most AHEAD micro-batches before it is done: inputs wait in host memory until then, and with
   * rows of an embedding table they are not small.
   */
  private async run(programs: ReadonlyMap<string, Program>, batch: PackedBatch): Promise<void> {
    const shape = sizesOf(batch);
    const prefix = prefixOf(shape);
    const program = programs.get(prefix);
    if (!program) throw new Error(`No program was made for a stream of ${batch.T} tokens with ${batch.M} trained rows.`);
    const { store } = this.session;
    await this.writeStream(BEGINS, prefix, batch);
    if (batch.beside) await this.writeStream(BESIDE_BEGINS, besidePrefix(shape), batch.beside);
    for (const column of this.objective.columns) {
      const values = batch.columns[column.name];
      if (!values) throw new Error(`The batch has no column ${column.name}, which the objective ${this.objective.name} reads.`);
      const name = columnName(shape, column);
      if (store.has(name)) store.write(name, values); // a shape in which batches are only looked at has what its program reads
    }
    if (store.has(BALANCE)) {
      store.clear(BALANCE);
      store.write(BALANCE_COUNT, Uint32Array.of(batch.tokens));
    }
    program.run();
    const at = this.recorded++;
    store.takeInto(STATS, HISTORY, at * statsWidth(this.objective) * 4);
    for (const name of this.objective.rows ?? [])
      if (store.has(prefix + name)) store.takeInto(prefix + name, rowHistory(name), at * this.longest * 4);
    // A lost device shows when stats are read.
    this.ahead.push(store.gpu.idle().catch(() => undefined));
    if (this.ahead.length > AHEAD) await this.ahead.shift();
  }

  /** A second stream that no program of this shape reads has no buffers. */
  private async writeStream(begins: string, prefix: string, stream: PackedStream): Promise<void> {
    const { store } = this.session;
    if (!store.has(`${prefix}trained_rows`)) return;
    await writeIds(this.session, begins, stream.ids);
    for (const name of ['positions', 'doc_start', 'doc_end', 'trained_rows'] as const) store.write(prefix + name, stream[name]);
  }
}

/** `names` of each of `count` records of so many floats. */
function records(count: number, width: number, values: Float32Array, names: readonly string[]): Stats[] {
  return Array.from({ length: count }, (_, b) => Object.fromEntries(names.map((name, i) => [name, values[b * width + i]!])));
}
