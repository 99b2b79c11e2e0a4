/**
 * An optimizer step of GRPO on completions that are there: the micro-batches' programs, the old log-probabilities of a batch that is trained on more
 * than once, and what is reported. The update and the run around it are those of every method.
 */
import { fittingShape, shapeOf } from '../../batch/buckets.ts';
import type { PackedBatch, Shape } from '../../batch/pack.ts';
import type { RowValues } from '../method.ts';
import type { TrainingPrograms } from '../programs.ts';
import { type Brought, byCompletion, type GrpoContext, type MicroBatch, microBatches, packMicroBatch } from './batches.ts';
import type { RolloutBatch } from './rollouts.ts';

/** Those of the micro-batches that have something to compute, as streams of one of `shapes` (absent: of a shape of their own). */
export function packStep(batches: readonly MicroBatch[], context: GrpoContext, brought: Brought, shapes?: readonly Shape[]): PackedBatch[] {
  return batches
    .filter(({ rows }) => rows.length > 0)
    .map((batch) => {
      const needed = shapeOf(batch.rows);
      return packMicroBatch(
        batch,
        shapes ? fittingShape(needed, shapes) : needed,
        context.ends.pad_token_id ?? 0,
        context.settings,
        brought,
      );
    });
}

/** One value per id of every completion that was computed, by its place in the batch. */
export function valuesByCompletion(batches: readonly MicroBatch[], rows: readonly RowValues[], name: string): Map<number, Float32Array> {
  const computed = batches.filter((batch) => batch.rows.length > 0);
  return new Map(computed.flatMap((batch, i) => (rows[i]![name] ? [...byCompletion(batch, rows[i]![name]!)] : [])));
}

/**
 * Log-probabilities of all completions of a batch, by the programs for evaluation: under the policy as it stands, which later steps on the batch compare
 * with (TRL needs them where steps_per_generation x num_iterations is more than one step), and under the model without its adapter where these would
 * otherwise be computed in every iteration. Completions that have no part in the loss get zeros.
 */
export async function lookAhead(
  programs: TrainingPrograms,
  batch: RolloutBatch,
  advantages: ArrayLike<number>,
  context: GrpoContext,
  shapes: readonly Shape[],
): Promise<Brought> {
  const { settings, gradient_accumulation_steps } = context;
  const steps = (settings.steps_per_generation ?? gradient_accumulation_steps) / gradient_accumulation_steps;
  const zeros = (): Float32Array[] => batch.completion_ids.map((ids) => new Float32Array(ids.length));
  const found = { old_logps: zeros(), ...(keepsReference(context) && { ref_logps: zeros() }) };
  for (let step = 0; step < steps; step++) {
    const batches = microBatches(batch, advantages, step, context);
    for (const packed of packStep(batches, context, found, shapes)) await programs.evaluate(packed);
    const { rows } = await programs.stats();
    for (const [row, logps] of valuesByCompletion(batches, rows, 'logps')) found.old_logps[row] = logps;
    if (found.ref_logps) for (const [row, logps] of valuesByCompletion(batches, rows, 'ref_logps')) found.ref_logps[row] = logps;
  }
  return found;
}

/** Whether a batch is trained on by more than one step, so that its old log-probabilities are needed (TRL's generate_every). */
export function needsOldLogps({
  settings,
  gradient_accumulation_steps,
}: Pick<GrpoContext, 'settings' | 'gradient_accumulation_steps'>): boolean {
  const every = (settings.steps_per_generation ?? gradient_accumulation_steps) * settings.num_iterations;
  return gradient_accumulation_steps % every !== 0;
}

/** Whether the reference is computed once a batch of completions; one that is trained on once computes it on the way. */
export function keepsReference(context: Pick<GrpoContext, 'settings' | 'gradient_accumulation_steps'>): boolean {
  const { beta, num_iterations } = context.settings;
  return beta !== 0 && num_iterations > 1 && needsOldLogps(context);
}
