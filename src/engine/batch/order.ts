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

/** All optimizer steps of a run. `order` replays a given order instead: one list of row indices per epoch. */
export function* optimizerSteps(rows: number, settings: OrderSettings, order?: readonly (readonly number[])[]): Generator<OptimizerStep> {
  const total = totalSteps(rows, settings);
  const batchesPerEpoch = Math.ceil(rows / settings.per_device_train_batch_size);
  for (let step = 0, epoch = 0; step < total; epoch++) {
    const rowsInOrder = order ? order[epoch] : randperm(rows, settings.seed + epoch);
    if (!rowsInOrder) throw new RangeError(`optimizerSteps: the given order has ${order?.length} epochs, more are needed`);
    for (const [index, batches] of stepsOfEpoch(rowsInOrder, settings).entries()) {
      if (step === total) return;
      const done = Math.min((index + 1) * settings.gradient_accumulation_steps, batchesPerEpoch);
      yield { step, epoch: epoch + done / batchesPerEpoch, batches };
      step++;
    }
  }
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

function stepsOfEpoch(order: readonly number[], settings: OrderSettings): number[][][] {
  return slices(slices(order, settings.per_device_train_batch_size), settings.gradient_accumulation_steps);
}

function slices<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) => list.slice(index * size, (index + 1) * size));
}
