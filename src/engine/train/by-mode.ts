/**
 * Figures of a run that trains both modes, rows with their reasoning and rows with the answer alone. The loss of a mode is the sum over its tokens
 * divided by their number, over a whole optimizer step: the two weighted by their tokens are the step's loss without the router's. Sums come from
 * the GPU (ops/flagged-sums.ts); rows and tokens are counted here. Nothing here changes what is trained.
 */
import type { StepMetrics } from '../../protocol/training.ts';
import type { EncodedRow } from '../batch/encode.ts';
import { countTrained, rowsByMode } from '../batch/encoded-dataset.ts';
import type { PackedBatch } from '../batch/pack.ts';
import type { Column, Stats } from './method.ts';

/** 1 where the token belongs to a row with its reasoning. */
export const THINKS: Column = { name: 'thinks', dtype: 'u32', per: 'row' };

/** Sums that the objective adds, in the order of `flaggedSums`. */
export const MODE_STATS = ['loss_think', 'loss_no_think'] as const;

export function hasBothModes(rows: readonly EncodedRow[]): boolean {
  const modes = rowsByMode(rows);
  return modes !== null && modes.think > 0 && modes.no_think > 0;
}

/** The column of a batch, which was packed from these rows in this order. */
export function withThinks(batch: PackedBatch, rows: readonly EncodedRow[]): PackedBatch {
  const thinks = new Uint32Array(batch.M);
  let at = 0;
  for (const row of rows) {
    const end = at + countTrained(row);
    if (row.mode === 'think') thinks.fill(1, at, end);
    at = end;
  }
  return { ...batch, columns: { ...batch.columns, [THINKS.name]: thinks } };
}

/** Of the rows of a step and the stats of its micro-batches; a step without rows of a mode has no figures of it. */
export function metricsByMode(rows: readonly EncodedRow[], stats: readonly Stats[]): Partial<StepMetrics> {
  const of = (mode: 'think' | 'no_think') => {
    const own = rows.filter((row) => row.mode === mode);
    const tokens = own.reduce((n, row) => n + countTrained(row), 0);
    const sum = stats.reduce((n, batch) => n + batch[`loss_${mode}`]!, 0);
    return { rows: own.length, loss: sum / tokens, length: tokens / own.length };
  };
  const [think, no_think] = [of('think'), of('no_think')];
  return {
    ...(think.rows > 0 && { loss_think: think.loss, length_think: think.length, rows_think: think.rows }),
    ...(no_think.rows > 0 && { loss_no_think: no_think.loss, length_no_think: no_think.length, rows_no_think: no_think.rows }),
  };
}
