/**
 * What a step made of the tokens that it learned from: their log-probabilities as the step found them, which the loss has computed anyway, and those after
 * the update, which cost a forward over a share of the answers. People look at them; nothing is learned from them.
 */
import type { RolloutBatchRecord } from '../../../protocol/rollouts.ts';
import { shapeOf, wholeTiles } from '../../batch/buckets.ts';
import type { Shape } from '../../batch/pack.ts';
import { type Text, tokensOf } from '../answers/tokens.ts';
import type { RowValues } from '../method.ts';
import type { MicroBatch } from './batches.ts';
import type { RolloutBatch } from './rollouts.ts';
import { valuesByCompletion } from './step.ts';

/** The best and the worst of a group are always worth a look. */
const LEAST = 2;

/** How many of so many answers that a step learned from are looked at again. */
export function lookedAnswers(share: number, answers: number): number {
  return share === 0 ? 0 : Math.min(answers, Math.max(LEAST, Math.floor(share * answers)));
}

/** Shares of the longest that is looked at: rows are mostly shorter, and padding costs what tokens do. */
const SHARES = [1 / 4, 1 / 2, 3 / 4, 1];

/** Shapes for looking at up to `answers` rows at once, each of which holds the longest row. */
export function lookingShapes(answers: number, row: Shape): Shape[] {
  if (answers === 0) return [];
  const counts = SHARES.map((share) => Math.max(1, share * answers));
  const shapes = counts.map((count) => ({ T: wholeTiles(row.T * count), M: wholeTiles(row.M * count) }));
  return shapes.filter(({ T }, i) => T !== shapes[i - 1]?.T);
}

/**
 * Which of the answers of a step: whole groups, those with the widest spread first; of the group for which there is no room any more, the ends first.
 * In the order of the batch.
 */
export function chooseLooked(batches: readonly MicroBatch[], group: number, share: number): MicroBatch['completions'] {
  const groups = new Map<number, MicroBatch['completions'][number][]>();
  for (const one of batches.flatMap(({ completions }) => completions)) {
    const number = Math.floor(one.row / group);
    groups.set(number, [...(groups.get(number) ?? []), one]);
  }
  const ranked = [...groups.values()].map((own) => {
    const [low, high] = [Math.min(...own.map((one) => one.advantage)), Math.max(...own.map((one) => one.advantage))];
    return { spread: high - low, own: [...own].sort((a, b) => Math.abs(b.advantage) - Math.abs(a.advantage)) };
  });
  ranked.sort((a, b) => b.spread - a.spread);
  const all = ranked.flatMap(({ own }) => own);
  const chosen = all.slice(0, lookedAnswers(share, all.length));
  return chosen.sort((a, b) => a.row - b.row);
}

/** Those answers as micro-batches, each as long as the largest shape allows. */
export function lookingBatches(batches: readonly MicroBatch[], chosen: MicroBatch['completions'], shapes: readonly Shape[]): MicroBatch[] {
  const encoded = new Map(batches.flatMap(({ rows }) => rows).map((row) => [row.row, row]));
  const largest = shapes.at(-1)!;
  const parts: { rows: MicroBatch['rows'][number][]; completions: MicroBatch['completions'][number][] }[] = [];
  for (const completion of chosen) {
    const row = encoded.get(completion.row)!;
    const last = parts.at(-1);
    const needed = shapeOf([...(last?.rows ?? []), row]);
    if (last && needed.T <= largest.T && needed.M <= largest.M) {
      last.rows.push(row);
      last.completions.push(completion);
    } else parts.push({ rows: [row], completions: [completion] });
  }
  return parts.map(({ rows, completions }) => ({
    rows,
    completions,
    tokens: completions.reduce((n, { length }) => n + length, 0),
    masked: 0,
    skipped: 0,
  }));
}

/** What the host read of a step: of its micro-batches, and of what was looked at after its update. */
export interface Seen {
  readonly trained: { readonly batches: readonly MicroBatch[]; readonly rows: readonly RowValues[] };
  readonly looked: { readonly batches: readonly MicroBatch[]; readonly rows: readonly RowValues[] };
}

/** The record with what became of the tokens that were looked at; those of an earlier step on the same answers keep their beginning. */
export function withChanges(
  record: RolloutBatchRecord,
  { prompt_ids, completion_ids }: RolloutBatch,
  seen: Seen,
  text: Text,
): RolloutBatchRecord {
  const found = valuesByCompletion(seen.trained.batches, seen.trained.rows, 'logps');
  const left = valuesByCompletion(seen.looked.batches, seen.looked.rows, 'logps');
  const rollouts = record.rollouts.map((one, row) => {
    const [before, after] = [found.get(row), left.get(row)];
    // A run that diverges has no numbers to show.
    if (!before || !after || ![...before, ...after].every(Number.isFinite)) return one;
    const written = one.changes ?? { ...tokensOf(text, prompt_ids[row]!, completion_ids[row]!), before: rounded(before) };
    return { ...one, changes: { ...written, after: rounded(after) } };
  });
  return { ...record, rollouts };
}

/** More digits no one reads, and each is kept for every token. */
function rounded(values: Float32Array): number[] {
  return Array.from(values, (value) => Math.round(value * 1e5) / 1e5);
}
