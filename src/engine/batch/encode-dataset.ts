/** A whole dataset -> training rows in file order, and the statistics the page shows. Works in pieces, with progress, and can be cancelled. */
import { throwIfCancelled } from '../../lib/cancel.ts';
import type { EncodingSettings, TokenStatistics } from '../../protocol/dataset.ts';
import type { TextModel } from '../chat/open-text.ts';
import type { Dataset, DatasetOptions } from '../data/dataset.ts';
import { ProblemList } from '../data/row-problems.ts';
import { type EncodedRow, encodeRow, isChosen } from './encode.ts';

export interface EncodedDataset {
  rows: EncodedRow[];
  /** `lengths` has one entry per row of the file; `rows_trained`, `tokens` and `trained_tokens` count what trains after truncation. */
  statistics: TokenStatistics;
}

/** A pause for other messages of the worker after this much work. */
const SLICE_MILLISECONDS = 30;

export async function encodeDataset(
  dataset: Dataset,
  settings: EncodingSettings,
  text: TextModel,
  options: DatasetOptions = {},
): Promise<EncodedDataset> {
  const rows: EncodedRow[] = [];
  const problems = new ProblemList();
  const statistics: TokenStatistics = {
    rows: dataset.length,
    rows_trained: 0,
    tokens: 0,
    trained_tokens: 0,
    longest: 0,
    lengths: [],
    problems: [],
  };
  let pause = performance.now() + SLICE_MILLISECONDS;
  for await (const piece of dataset.pieces(options)) {
    for (const { row, conversation } of piece) {
      if (performance.now() > pause) {
        await new Promise((resolve) => setTimeout(resolve));
        throwIfCancelled(options.signal, `Counting the tokens of ${dataset.name}`);
        pause = performance.now() + SLICE_MILLISECONDS;
      }
      if (!conversation || !isChosen(conversation, settings)) {
        statistics.lengths.push(0);
        continue;
      }
      const result = encodeRow(row, conversation, settings, text);
      for (const problem of result.problems) problems.add(problem);
      statistics.lengths.push(result.length);
      statistics.longest = Math.max(statistics.longest, result.length);
      if (!result.encoded) continue;
      rows.push(result.encoded);
      statistics.rows_trained++;
      statistics.tokens += result.encoded.ids.length;
      statistics.trained_tokens += countTrained(result.encoded);
    }
  }
  return { rows, statistics: { ...statistics, problems: problems.all() } };
}

/** Labels that are predicted: the first token of a row never is. This is TRL's count over `labels[:, 1:]`. */
export function countTrained(row: EncodedRow): number {
  let count = 0;
  for (let index = 1; index < row.trained.length; index++) count += row.trained[index]!;
  return count;
}
