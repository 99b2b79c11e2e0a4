/**
 * Which rows train when: epochs of shuffled rows, micro-batches of `per_device_train_batch_size`, and optimizer steps of
 * `gradient_accumulation_steps` micro-batches, the last incomplete one of an epoch kept. Order, counts and names
 * are those of transformers' Trainer under TRL: epoch e is `randperm` with seed + e.
 */
import { randperm } from './torch-random.ts';

export interface OrderSettings {
  per_device_train_batch_size: number;
  gradient_accumulation_steps: number;
  num_train_epochs: number;
  /** -1: by epochs. */
  max_steps: number;
  seed: number;
}

/** Micro-batches of row indices whose gradients are added up. */
export interface OptimizerStep {
  /** 0-based. */
  step: number;
  /** Epochs done after this step, as Trainer logs it. */
  epoch: number;
  batches: number[][];
}

/** Optimizer steps of a run over `rows` training rows. */
export function totalSteps(rows: number, settings: OrderSettings): number {
  if (rows === 0) return 0;
  if (settings.max_steps > 0) return settings.max_steps;
  return Math.ceil(settings.num_train_epochs * stepsPerEpoch(rows, settings));
}

/**
 * The optimizer steps of a run, each made when it is needed: a run may have millions, and they are never listed. The shuffled rows of one epoch
 * are kept. `order` replays a given order instead: one list of row indices per epoch.
 */
export class RunOrder {
  readonly steps: number;
  private readonly batchesPerEpoch: number;
  private readonly stepsPerEpoch: number;
  private shuffled: { epoch: number; rows: readonly number[] } = { epoch: -1, rows: [] };

  constructor(
    private readonly rows: number,
    private readonly settings: OrderSettings,
    private readonly order?: readonly (readonly number[])[],
  ) {
    this.steps = totalSteps(rows, settings);
    this.batchesPerEpoch = Math.ceil(rows / settings.per_device_train_batch_size);
    this.stepsPerEpoch = stepsPerEpoch(rows, settings);
  }

  /** Epochs that have a step, the last one perhaps not whole. */
  get epochs(): number {
    return Math.ceil(this.steps / this.stepsPerEpoch);
  }

  /** Most micro-batches of one step. */
  get maxBatches(): number {
    return this.steps === 0 ? 0 : Math.min(this.settings.gradient_accumulation_steps, this.batchesPerEpoch);
  }

  /** Epochs done after a step. */
  epochAfter(step: number): number {
    const { epoch, index } = this.locate(step);
    const done = Math.min((index + 1) * this.settings.gradient_accumulation_steps, this.batchesPerEpoch);
    return epoch + done / this.batchesPerEpoch;
  }

  step(step: number): OptimizerStep {
    const { epoch, index } = this.locate(step);
    const { per_device_train_batch_size: size, gradient_accumulation_steps: batches } = this.settings;
    const from = index * size * batches;
    return { step, epoch: this.epochAfter(step), batches: slices(this.rowsOf(epoch).slice(from, from + size * batches), size) };
  }

  /** Rows in the order of an epoch, as far as the run goes. */
  rowsOfEpoch(epoch: number): readonly number[] {
    return this.rowsOf(epoch).slice(0, this.needed(epoch));
  }

  /** How many rows of an epoch the run takes: all but in the last one, which may be cut short. */
  private needed(epoch: number): number {
    const { per_device_train_batch_size: size, gradient_accumulation_steps: batches } = this.settings;
    const steps = Math.min(this.stepsPerEpoch, this.steps - epoch * this.stepsPerEpoch);
    return Math.min(this.rows, steps * size * batches);
  }

  private locate(step: number): { epoch: number; index: number } {
    return { epoch: Math.floor(step / this.stepsPerEpoch), index: step % this.stepsPerEpoch };
  }

  private rowsOf(epoch: number): readonly number[] {
    if (this.shuffled.epoch !== epoch) {
      const rows = this.order ? this.order[epoch] : randperm(this.rows, this.settings.seed + epoch);
      if (!rows || rows.length < this.needed(epoch))
        throw new RangeError(`the given order has ${rows?.length ?? 0} rows for epoch ${epoch}, and ${this.needed(epoch)} are needed`);
      this.shuffled = { epoch, rows };
    }
    return this.shuffled.rows;
  }
}

/** All optimizer steps of a run, one after another. */
export function* optimizerSteps(rows: number, settings: OrderSettings, order?: readonly (readonly number[])[]): Generator<OptimizerStep> {
  const run = new RunOrder(rows, settings, order);
  for (let step = 0; step < run.steps; step++) yield run.step(step);
}

/** `ratio` of the rows (rounded, at least one when it is not 0) kept aside for evaluation. Indices rise. */
export function splitValidation(rows: number, ratio: number, seed: number): { train: number[]; validation: number[] } {
  const wanted = ratio > 0 ? Math.max(1, Math.round(rows * ratio)) : 0;
  const chosen = new Set(randperm(rows, seed).slice(0, Math.min(wanted, rows - 1)));
  const all = Array.from({ length: rows }, (_, index) => index);
  return { train: all.filter((index) => !chosen.has(index)), validation: all.filter((index) => chosen.has(index)) };
}

function stepsPerEpoch(rows: number, settings: OrderSettings): number {
  const batches = Math.ceil(rows / settings.per_device_train_batch_size);
  return Math.max(1, Math.ceil(batches / settings.gradient_accumulation_steps));
}

function slices<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) => list.slice(index * size, (index + 1) * size));
}
