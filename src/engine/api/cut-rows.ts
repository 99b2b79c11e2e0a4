/** Before a run: how many rows do not train and why, how many max_length cuts, and one button that mends it. */
import { formatInteger, formatPlural } from '../../lib/format.ts';
import { countLonger, keepingLengths } from '../../lib/row-lengths.ts';
import { RowFate } from '../../protocol/dataset.ts';
import type { ReadinessFinding, TrainingSettings } from '../../protocol/training.ts';
import type { EncodedDataset } from '../batch/encoded-dataset.ts';
import { positionsOf } from '../models/rope.ts';

import { longestFitting, type PlannedModel } from './planner.ts';

/** Rows whose end is cut off, and the length that keeps them, or the most of them that the model and the GPU have room for. */
export function cutRows(
  model: PlannedModel,
  { lora, per_device_train_batch_size, checkpoint_dtype, encoding }: TrainingSettings,
  encoded: EncodedDataset,
  gpu_bytes: number | null,
): ReadinessFinding | null {
  const positions = positionsOf(model.config);
  const { lengths, rows, sampled } = encoded.select({ ...encoding, positions }).statistics;
  const scale = rows / (sampled ?? rows);
  const longer = (than: number): number => Math.round(countLonger(lengths, than) * scale);
  const about = sampled === undefined ? '' : 'About ';
  const cut = longer(encoding.max_length);
  if (cut === 0) return null;
  const of = `${formatInteger(cut)} of ${formatPlural(rows, 'row')} ${cut === 1 ? 'is' : 'are'} cut at max_length ${formatInteger(encoding.max_length)}`;
  const { most, all } = keepingLengths(lengths, positions)!;
  const wanted = all <= 2 * most || most <= encoding.max_length ? all : most;
  const question = {
    lora,
    per_device_train_batch_size,
    ...(checkpoint_dtype && { checkpoint_dtype }),
    shorter_rows: true as const,
    cache_length: 1024,
    cache_rows: 1,
    gpu_bytes,
  };
  const max_length = longestFitting(model, { ...question, max_length: Math.max(wanted, encoding.max_length) });
  if (max_length <= encoding.max_length) {
    const why =
      encoding.max_length >= positions ? `the model has ${formatInteger(positions)} positions` : 'longer rows do not fit this GPU';
    return { place: 'data', sentence: `${about}${of}, and ${why}; shorten them, or leave their ends.` };
  }
  const left = longer(max_length);
  const stay =
    left === 0 ? 'no row is cut then' : `${formatInteger(left)} of ${formatPlural(rows, 'row')} ${left === 1 ? 'stays' : 'stay'} cut`;
  return { place: 'data', sentence: `${about}${of}.`, mend: { label: `Use ${formatInteger(max_length)} tokens: ${stay}`, max_length } };
}

/** Rows that do not train, by the reason: a language that is not chosen is no problem of the row. */
export function leftOut(model: PlannedModel, { encoding }: TrainingSettings, encoded: EncodedDataset): ReadinessFinding[] {
  const { fates, rows, sampled } = encoded.select({ ...encoding, positions: positionsOf(model.config) }).statistics;
  const of = (fate: number): number => {
    const seen = fates.reduce((count, one) => count + (one === fate ? 1 : 0), 0);
    return Math.round((seen * rows) / (sampled ?? rows));
  };
  const say = (count: number, rest: string): ReadinessFinding[] => {
    if (count === 0) return [];
    return [
      {
        place: 'data',
        sentence: `${sampled === undefined ? '' : 'About '}${formatInteger(count)} of ${formatPlural(rows, 'row')} ${rest}`,
      },
    ];
  };
  return [
    ...say(of(RowFate.out), 'do not train; the Data page lists why.'),
    ...say(of(RowFate.unchosen), 'do not train, because their languages are not chosen.'),
  ];
}
