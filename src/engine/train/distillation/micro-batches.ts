/**
 * Answers -> the micro-batches of an optimizer step, each as two streams: the student's prompts with the answers, and the teacher's prompts with the same
 * answers. The reduction of the loss is known to the host, so that it is a weight of each token: COPSD and GKD take the mean over all tokens of a micro-batch,
 * SDFT the mean over each answer's tokens and then over answers. What is left out of the loss has the weight 0.
 */
import type { DistillationSettings } from '../../../protocol/distillation.ts';
import { fittingShape, shapeOf } from '../../batch/buckets.ts';
import type { EncodedRow } from '../../batch/encode.ts';
import { type PackedBatch, pack, type Shape } from '../../batch/pack.ts';
import type { Written } from './written.ts';

type Reduction = Pick<DistillationSettings, 'loss_reduction' | 'num_loss_tokens_to_skip' | 'mask_truncated_completions'>;

interface Part {
  /** Place of the answer among those of the step. */
  readonly place: number;
  readonly length: number;
  /** Of each of its tokens from `skipped` on. */
  readonly weight: number;
  readonly skipped: number;
}

export interface MicroBatch {
  readonly parts: readonly Part[];
  readonly student: readonly EncodedRow[];
  readonly teacher: readonly EncodedRow[];
}

/** As many as are accumulated; one of which nothing counts has no parts. */
export function microBatches(answers: readonly Written[], settings: Reduction, accumulation: number): MicroBatch[] {
  const size = answers.length / accumulation;
  return Array.from({ length: accumulation }, (_, i) => {
    const own = answers.slice(i * size, (i + 1) * size);
    const counts = own.map((answer) => counted(answer, settings));
    const all = counts.reduce((a, b) => a + b, 0);
    const parts = own.flatMap(({ ids }, r): Part[] => {
      const tokens = counts[r]!;
      if (tokens === 0) return [];
      const share = settings.loss_reduction === 'row' ? own.length * tokens : all;
      return [{ place: i * size + r, length: ids.length, weight: 1 / (share * accumulation), skipped: ids.length - tokens }];
    });
    return {
      parts,
      student: parts.map(({ place }) => encode(place, answers[place]!.row.ids, answers[place]!.ids)),
      teacher: parts.map(({ place }) => encode(place, answers[place]!.row.teacher, answers[place]!.ids)),
    };
  });
}

/** Tokens of an answer that are in the loss. */
function counted({ ids, cut }: Written, { num_loss_tokens_to_skip, mask_truncated_completions }: Reduction): number {
  return cut && mask_truncated_completions ? 0 : Math.max(0, ids.length - num_loss_tokens_to_skip);
}

function encode(row: number, prompt: Uint32Array, completion: Uint32Array): EncodedRow {
  const ids = new Uint32Array(prompt.length + completion.length);
  ids.set(prompt);
  ids.set(completion, prompt.length);
  return { row, ids, trained: new Uint8Array(ids.length).fill(1, prompt.length) };
}

/** Those of which something counts, as streams of one of `shapes` (absent: of a shape of their own), with the columns of the objective. */
export function packStep(batches: readonly MicroBatch[], pad: number, shapes?: readonly Shape[]): PackedBatch[] {
  return withParts(batches).map(({ parts, student, teacher }) => {
    const needed = shapeOf(student, teacher);
    const batch = pack(student, shapes ? fittingShape(needed, shapes) : needed, pad, teacher);
    const weight = new Float32Array(batch.M);
    let at = 0;
    for (const part of parts) {
      weight.fill(part.weight, at + part.skipped, at + part.length);
      at += part.length;
    }
    return { ...batch, columns: { ...batch.columns, weight } };
  });
}

export function withParts(batches: readonly MicroBatch[]): MicroBatch[] {
  return batches.filter(({ parts }) => parts.length > 0);
}

/** Values per trained row of a micro-batch, back by answer: its place in the step -> one value per id. */
export function byAnswer({ parts }: MicroBatch, values: Float32Array): Map<number, Float32Array> {
  let at = 0;
  return new Map(
    parts.map(({ place, length }): [number, Float32Array] => {
      at += length;
      return [place, values.slice(at - length, at)];
    }),
  );
}
