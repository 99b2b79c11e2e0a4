/**
 * Completions with their advantages -> the micro-batches of an optimizer step, as TRL splits and weighs them (1.13, `_prepare_inputs` and the end of
 * `_compute_loss`). The batch is cut into steps_per_generation micro-batches; step s trains on gradient_accumulation_steps of them. Each divisor of a loss
 * type is the weight that all tokens of a completion have.
 */
import type { GrpoSettings } from '../../../protocol/grpo.ts';
import type { EncodedRow } from '../../batch/encode.ts';
import { type PackedBatch, pack, type Shape } from '../../batch/pack.ts';
import { COMPLETION_WORDS } from '../../ops/grpo.ts';
import { type EndIds, truncated } from '../answers/lengths.ts';
import type { RolloutBatch } from './rollouts.ts';

export interface GrpoContext {
  readonly settings: GrpoSettings;
  readonly gradient_accumulation_steps: number;
  readonly ends: EndIds;
  /** The load-balancing loss is part of the loss, so that prompts of masked completions and completions without advantage count. */
  readonly aux: boolean;
}

interface Completion {
  /** Its place in the batch. */
  readonly row: number;
  readonly length: number;
  readonly advantage: number;
  /** Of each of its tokens. */
  readonly weight: number;
}

export interface MicroBatch {
  /** What is computed, in order; may be nothing. */
  readonly rows: readonly EncodedRow[];
  /** Those of `rows` that have a part in the loss, in the same order. */
  readonly completions: readonly Completion[];
  /** Tokens of them. */
  readonly tokens: number;
  /** Completions that were cut off and are masked. */
  readonly masked: number;
  /** Completions that are left out because nothing depends on them. */
  readonly skipped: number;
}

/** The micro-batches of optimizer step `step` of the batch, counted from 0. */
export function microBatches(batch: RolloutBatch, advantages: ArrayLike<number>, step: number, context: GrpoContext): MicroBatch[] {
  const { settings, gradient_accumulation_steps: accumulation, ends } = context;
  const splits = settings.steps_per_generation ?? accumulation;
  const cut = settings.mask_truncated_completions ? truncated(batch, ends) : batch.completion_ids.map(() => false);
  const lengths = batch.completion_ids.map((ids, row) => (cut[row] ? 0 : ids.length));
  const size = batch.completion_ids.length / splits;
  return Array.from({ length: accumulation }, (_, i) => {
    const first = (step * accumulation + i) * size;
    const own = Array.from({ length: size }, (_, r) => first + r);
    const unmasked = own.filter((row) => !cut[row]);
    const trained = unmasked.filter((row) => !(advantages[row] === 0 && mayBeSkipped(context)));
    const weight = weightOf(settings, { lengths, own, accumulation, splits });
    const completions = trained.map((row) => ({ row, length: lengths[row]!, advantage: advantages[row]!, weight: weight(lengths[row]!) }));
    return {
      rows: own.filter((row) => trained.includes(row) || (context.aux && cut[row])).map((row) => encode(batch, row, cut[row]!)),
      completions,
      tokens: completions.reduce((n, { length }) => n + length, 0),
      masked: size - unmasked.length,
      skipped: unmasked.length - trained.length,
    };
  });
}

/** Whether a completion of advantage 0 has no part in the loss at all. */
function mayBeSkipped({ settings, aux }: GrpoContext): boolean {
  const { skip_groups_without_spread, beta, entropy_coef, top_entropy_quantile } = settings;
  return skip_groups_without_spread && beta === 0 && entropy_coef === 0 && top_entropy_quantile === 1 && !aux;
}

interface Sizes {
  /** Unmasked tokens of every completion of the batch, and which of them are in this micro-batch. */
  readonly lengths: readonly number[];
  readonly own: readonly number[];
  readonly accumulation: number;
  readonly splits: number;
}

/** The weight of each token of a completion of so many. */
function weightOf(
  { loss_type, max_completion_length }: GrpoSettings,
  { lengths, own, accumulation, splits }: Sizes,
): (length: number) => number {
  const rows = own.length;
  const tokens = (counts: readonly number[]): number =>
    Math.max(
      1,
      counts.reduce((a, b) => a + b, 0),
    );
  switch (loss_type) {
    case 'grpo':
    case 'sapo':
      return (length) => 1 / (rows * Math.max(1, length) * accumulation);
    case 'bnpo': {
      const all = tokens(own.map((row) => lengths[row]!));
      return () => 1 / (all * accumulation);
    }
    case 'dr_grpo':
      return () => 1 / (rows * max_completion_length * accumulation);
    case 'luspo':
      return () => 1 / (rows * accumulation);
    case 'dapo':
    case 'cispo':
    case 'vespo': {
      const all = tokens(lengths);
      return () => splits / (all * accumulation);
    }
    default:
      return loss_type satisfies never;
  }
}

/** A masked completion keeps only its prompt. */
function encode({ prompt_ids, completion_ids }: RolloutBatch, row: number, masked: boolean): EncodedRow {
  const prompt = prompt_ids[row]!;
  const completion = masked ? new Uint32Array() : completion_ids[row]!;
  const ids = new Uint32Array(prompt.length + completion.length);
  ids.set(prompt);
  ids.set(completion, prompt.length);
  return { row, ids, trained: new Uint8Array(ids.length).fill(1, prompt.length) };
}

/** What was computed before of each id of every completion, by the objective's column: by the policy that answered, and by the model without its adapter. */
export type Brought = Readonly<Partial<Record<'old_logps' | 'ref_logps', readonly Float32Array[]>>>;

/** The micro-batch as a stream of `shape`, with the columns of the objective. */
export function packMicroBatch(
  { rows, completions, tokens }: MicroBatch,
  shape: Shape,
  pad: number,
  { top_entropy_quantile }: Pick<GrpoSettings, 'top_entropy_quantile'>,
  brought: Brought = {},
): PackedBatch {
  const batch = pack(rows, shape, pad);
  const { M } = shape;
  const words = new Uint32Array(M * COMPLETION_WORDS);
  const floats = new Float32Array(words.buffer);
  const given = Object.entries(brought).map(([name, values]) => ({ name, values, column: new Float32Array(M) }));
  let at = 0;
  completions.forEach(({ row, length, advantage, weight }, c) => {
    words.set([at, at + length], COMPLETION_WORDS * c);
    floats.set([advantage, weight], COMPLETION_WORDS * c + 2);
    for (const { values, column } of given) column.set(values[row]!, at);
    at += length;
  });
  // As torch.quantile computes its place in the sorted list, in f32.
  const place = Math.fround(Math.fround(1 - top_entropy_quantile) * Math.max(0, tokens - 1));
  const columns = {
    completions: words,
    entropy_rank: Uint32Array.of(Math.floor(place)),
    entropy_fraction: Float32Array.of(place - Math.floor(place)),
    ...Object.fromEntries(given.map(({ name, column }) => [name, column])),
  };
  return { ...batch, columns: { ...batch.columns, ...columns } };
}

/** Values per trained row of a micro-batch, back by completion: its place in the batch -> one value per id. */
export function byCompletion({ completions }: MicroBatch, values: Float32Array): Map<number, Float32Array> {
  let at = 0;
  return new Map(
    completions.map(({ row, length }): [number, Float32Array] => {
      at += length;
      return [row, values.slice(at - length, at)];
    }),
  );
}
