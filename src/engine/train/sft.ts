/**
 * Supervised fine-tuning with TRL's semantics (SFTTrainer 1.13): next-token prediction over the trained tokens of packed rows. Loss and gradients
 * are the token mean over a whole optimizer step, not a mean of the means of its micro-batches. The order of rows follows from the settings
 * alone (batch/order.ts), so that a resumed run repeats it.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { chooseShapes, fittingShape, ShapeCounts, shapeOf } from '../batch/buckets.ts';
import type { EncodedRow } from '../batch/encode.ts';
import { countTrained } from '../batch/encoded-dataset.ts';
import { type OptimizerStep, RunOrder } from '../batch/order.ts';
import { type PackedBatch, pack, type Shape } from '../batch/pack.ts';
import { positionsOf } from '../models/rope.ts';
import { chunkedHead } from '../ops/chunked-head.ts';
import { crossEntropyLoss, lossSums } from '../ops/cross-entropy.ts';
import { flaggedSums } from '../ops/flagged-sums.ts';
import { hasBothModes, MODE_STATS, metricsByMode, THINKS, withThinks } from './by-mode.ts';
import type { Evaluation, Method, MethodInput, Objective, Stats } from './method.ts';

const STATS = ['loss', 'correct', 'entropy', 'trained'];

/** By TRL's `loss_type`: `nll` is the negative log-likelihood, `dft` weighs each token by its own probability. */
export const sftObjectives: Readonly<Record<'nll' | 'dft', Objective>> = { nll: nextToken('nll'), dft: nextToken('dft') };

/** The same, with the loss of each mode beside the whole. */
export const bothModesObjectives: typeof sftObjectives = { nll: nextToken('nll', true), dft: nextToken('dft', true) };

function nextToken(name: 'nll' | 'dft', byMode = false): Objective {
  return {
    name,
    router_aux_loss: name === 'nll', // TRL computes dft from the logits alone
    columns: [
      { name: 'labels', dtype: 'i32', per: 'row' },
      { name: 'inverse_count', dtype: 'f32', per: 'batch' },
      ...(byMode ? [THINKS] : []),
    ],
    stats: byMode ? [...STATS, ...MODE_STATS] : STATS,
    loss: (trace, { hidden, head, column, stats }) => {
      const labels = column('labels');
      const columns = { labels, inverse_count: column('inverse_count') };
      const { dhidden, stats: rows } = chunkedHead(trace, hidden, head, crossEntropyLoss[name], columns);
      lossSums(trace, { loss: rows.loss!, correct: rows.correct!, entropy: rows.entropy!, labels }, stats);
      if (byMode) flaggedSums(trace, rows.loss!, column(THINKS.name), stats, STATS.length);
      return dhidden;
    },
  };
}

export function sft({ config, settings, rows, validation, order }: MethodInput): Method {
  checkRows([...rows, ...validation], rows.length, positionsOf(config));
  const pad = config.pad_token_id ?? 0;
  const run = new RunOrder(rows.length, settings, order);
  const rowsOf = (batch: readonly number[]): EncodedRow[] => batch.map((i) => rows[i]!);
  const { shapes, workload } = surveyRun(run, rows, settings.per_device_train_batch_size);
  const byMode = hasBothModes(rows);
  const packRows = (list: readonly EncodedRow[], shape: Shape): PackedBatch => {
    const batch = pack(list, shape, pad);
    return byMode ? withThinks(batch, list) : batch;
  };
  const packStep = ({ batches }: OptimizerStep): PackedBatch[] =>
    withInverseCount(
      batches.map((b) => {
        const packed = rowsOf(b);
        return packRows(packed, fittingShape(shapeOf(packed), shapes));
      }),
    );
  const objective = (byMode ? bothModesObjectives : sftObjectives)[settings.loss_type ?? 'nll'];
  return {
    objective,
    steps: run.steps,
    shapes,
    max_micro_batches: run.maxBatches,
    workload,
    batches: async (step) => packStep(run.step(step)),
    metrics: (step, stats) => ({
      epoch: run.epochAfter(step),
      ...stepMetrics(stats, objective, settings.router_aux_loss_coef ?? 0),
      ...(byMode && metricsByMode(rowsOf(run.step(step).batches.flat()), stats)),
    }),
    evaluation: evaluationOf(validation, settings.per_device_train_batch_size, packRows),
    fingerprint: {
      *[Symbol.iterator]() {
        for (let step = 0; step < run.steps; step++) yield (step === 0 ? '[[' : ',') + JSON.stringify(run.step(step).batches);
        yield `],${JSON.stringify(rows.map((row) => row.ids.length))}]`;
      },
    },
  };
}

/** Rows that are looked at one by one to find the shapes of micro-batches; a longer run goes on over the same rows in other orders. */
const SURVEYED_ROWS = 2 ** 20;
/** What another shuffle costs, in rows. */
const SHUFFLE = 1000;

/** The shapes that micro-batches can have, and the tokens of the whole run. */
function surveyRun(run: RunOrder, rows: readonly EncodedRow[], size: number): Pick<Method, 'shapes' | 'workload'> {
  const tokens = Uint32Array.from(rows, (row) => row.ids.length);
  const trained = Uint32Array.from(rows, countTrained);
  const needed = new ShapeCounts();
  const total = { tokens: 0, trained_tokens: 0 };
  const add = (inOrder: readonly number[]): void => {
    for (let from = 0; from < inOrder.length; from += size) {
      let [t, m] = [0, 0];
      for (let i = from; i < Math.min(from + size, inOrder.length); i++) {
        t += tokens[inOrder[i]!]!;
        m += trained[inOrder[i]!]!;
      }
      needed.add(t, m);
      total.tokens += t;
      total.trained_tokens += m;
    }
  };
  let epoch = 0;
  const whole = run.epochs - 1; // the last may be cut short
  for (let left = SURVEYED_ROWS; epoch < whole && left > 0; epoch++, left -= rows.length + SHUFFLE) add(run.rowsOfEpoch(epoch));
  if (epoch < whole) {
    const sum = (counts: Uint32Array): number => counts.reduce((n, count) => n + count, 0);
    total.tokens += (whole - epoch) * sum(tokens);
    total.trained_tokens += (whole - epoch) * sum(trained);
    // Whatever comes together in the epochs between fits into the longest rows' shape.
    needed.add(sum(tokens.toSorted().subarray(-size)), sum(trained.toSorted().subarray(-size)));
  }
  if (whole >= 0) add(run.rowsOfEpoch(whole));
  return { shapes: needed.choose(), workload: total };
}

function checkRows(rows: readonly EncodedRow[], trained: number, positions: number): void {
  if (trained === 0) {
    throw new MotherTongueError(
      'SettingsError',
      'No row of the dataset can be trained with these settings; the list of problems says why.',
    );
  }
  const long = rows.find((row) => row.ids.length > positions);
  if (!long) return;
  throw new MotherTongueError(
    'SettingsError',
    `Row ${long.row} has ${long.ids.length} tokens and this model has ${positions} positions; set max_length to at most ${positions}.`,
  );
}

/** The micro-batches of one optimizer step: each divides by the labels of all of them. */
export function withInverseCount(batches: readonly PackedBatch[]): PackedBatch[] {
  const inverse_count = Float32Array.of(1 / batches.reduce((n, batch) => n + batch.trained, 0));
  return batches.map((batch) => ({ ...batch, columns: { ...batch.columns, inverse_count } }));
}

/** As TRL logs them: the auxiliary loss is added per micro-batch, not divided by the accumulation; accuracy and entropy are means of means. */
function stepMetrics(stats: readonly Stats[], { router_aux_loss }: Objective, coefficient: number) {
  const aux_weight = router_aux_loss ? coefficient : 0;
  const trained = stats.reduce((n, batch) => n + batch.trained!, 0);
  const mean = (name: string): number => stats.reduce((n, batch) => n + batch[name]! / Math.max(1, batch.trained!), 0) / stats.length;
  return {
    loss: stats.reduce((n, batch) => n + batch.loss! / trained + aux_weight * batch.aux!, 0),
    mean_token_accuracy: mean('correct'),
    entropy: mean('entropy'),
    ...(coefficient !== 0 && { aux_loss: stats.reduce((n, batch) => n + batch.aux!, 0) / stats.length }),
  };
}

type PackRows = (rows: readonly EncodedRow[], shape: Shape) => PackedBatch;

function evaluationOf(rows: readonly EncodedRow[], size: number, packRows: PackRows): Evaluation | null {
  if (rows.length === 0) return null;
  const groups = Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => rows.slice(i * size, (i + 1) * size));
  const shape: Shape = chooseShapes(
    groups.map((group) => shapeOf(group)),
    1,
  )[0]!;
  return {
    shape,
    micro_batches: groups.length,
    batches: () => withInverseCount(groups.map((group) => packRows(group, shape))),
    metrics: (stats) => {
      const total = (name: string): number => stats.reduce((n, batch) => n + batch[name]!, 0);
      return { eval_loss: total('loss') / total('trained'), eval_mean_token_accuracy: total('correct') / total('trained') };
    },
  };
}
