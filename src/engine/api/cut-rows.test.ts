/** Rows that max_length cuts: their number, and one length that mends it, within the model's positions and the GPU's memory. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RowFate } from '../../protocol/dataset.ts';
import { defaultSettings, withValues } from '../../protocol/setting-values.ts';
import { EncodedDataset } from '../batch/encoded-dataset.ts';
import { type EncodedPiece, PieceBuilder } from '../batch/encoded-piece.ts';
import { DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { parseModelConfig } from '../models/config.ts';
import { plannedWeights } from '../models/tensors.ts';
import { cutRows, leftOut } from './cut-rows.ts';
import { longestFitting, type PlanSettings } from './planner.ts';

const open = (path: string) => {
  const config = parseModelConfig(readFileSync(path, 'utf8'), path);
  return { config, weights: plannedWeights(config), capabilities: DEFAULT_CAPABILITIES };
};
const mini = open('public/models/mini/config.json'); // 2,048 positions
const large = open('e2e/fixtures/configs/gpt-oss-20b/config.json');

/** Rows of these lengths, prompts of ten tokens; `total`: rows of a dataset of which these are a sample. */
function encoded(lengths: readonly number[], total = lengths.length): EncodedDataset {
  const builder = new PieceBuilder(0, 4096);
  for (const [i, length] of lengths.entries()) {
    const assistant = Uint8Array.from({ length }, (_, t) => (t >= 10 ? 1 : 0));
    builder.add(i + 1, i % 2 ? 'German' : 'French', {
      ids: new Uint32Array(length),
      assistant,
      complete: true,
      length,
      notes: 0,
      mode: null,
    });
  }
  return new EncodedDataset([builder.build() as EncodedPiece], total, 4096);
}
const settings = (max_length: number, more = {}) =>
  withValues(defaultSettings('2025-08-05'), { 'encoding.max_length': max_length, 'encoding.assistant_only_loss': true, ...more });
const thousand = (long: number, length: number) => Array.from({ length: 1000 }, (_, i) => (i < long ? length : 300));

it('is silent where every row is whole', () => {
  expect(cutRows(mini, settings(320), encoded(thousand(1, 320)), null)).toBeNull();
});

it('offers the length that keeps all rows where that is not much more', () => {
  expect(cutRows(mini, settings(192), encoded(thousand(0, 0)), null)).toEqual({
    place: 'data',
    sentence: '1,000 of 1,000 rows are cut at max_length 192.',
    mend: { label: 'Use 320 tokens: no row is cut then', max_length: 320 },
  });
});

it('offers the length that keeps 99 % where a few rows are far longer, and says how many stay cut', () => {
  expect(cutRows(mini, settings(192), encoded(thousand(7, 1900)), null)!.mend).toEqual({
    label: 'Use 320 tokens: 7 of 1,000 rows stay cut',
    max_length: 320,
  });
  expect(cutRows(mini, settings(320), encoded(thousand(7, 1900)), null)).toEqual({
    place: 'data',
    sentence: '7 of 1,000 rows are cut at max_length 320.',
    mend: { label: 'Use 2,048 tokens: no row is cut then', max_length: 2048 },
  });
});

it('goes no further than the model and the GPU, and says which of them', () => {
  expect(cutRows(mini, settings(192), encoded([3000]), null)!.mend).toEqual({
    label: 'Use 2,048 tokens: 1 of 1 row stays cut',
    max_length: 2048,
  });
  expect(cutRows(mini, settings(2048), encoded([3000]), null)).toEqual({
    place: 'data',
    sentence: '1 of 1 row is cut at max_length 2,048, and the model has 2,048 positions; shorten them, or leave their ends.',
  });
  const sizes = { 'lora.r': 8, per_device_train_batch_size: 4 };
  const small = cutRows(large, settings(256, sizes), encoded([3000]), 15 * 2 ** 30)!;
  expect(small.mend!.max_length).toBeLessThan(3072);
  expect(small.mend!.label).toContain('1 of 1 row stays cut');
});

it('says of a sample that it is about the whole', () => {
  expect(cutRows(mini, settings(192), encoded(thousand(0, 0), 50_000), null)!.sentence).toBe(
    'About 50,000 of 50,000 rows are cut at max_length 192.',
  );
});

it('marks what becomes of every row', () => {
  const { fates } = encoded([300, 300, 9, 500]).select({ ...settings(400).encoding, languages: ['French'] }).statistics;
  expect([...fates]).toEqual([RowFate.whole, RowFate.unchosen, RowFate.out, RowFate.unchosen]);
  expect([...encoded([300, 500, 9], 5).select(settings(400).encoding).statistics.fates]).toEqual([
    RowFate.whole,
    RowFate.cut,
    RowFate.out,
    RowFate.unknown,
    RowFate.unknown,
  ]);
});

it('tells rows with problems from rows in languages that are not chosen', () => {
  const given = settings(400);
  const french = { ...given, encoding: { ...given.encoding, languages: ['French'] } };
  const sentences = (...rows: number[]) => leftOut(mini, french, encoded(rows)).map(({ sentence }) => sentence);
  expect(sentences(300, 300, 9, 300)).toEqual([
    '1 of 4 rows do not train; the Data page lists why.',
    '2 of 4 rows do not train, because their languages are not chosen.',
  ]);
  expect(leftOut(mini, given, encoded([300, 300]))).toEqual([]);
  expect(leftOut(mini, french, encoded([300, 300], 100)).map(({ sentence }) => sentence)).toEqual([
    'About 50 of 100 rows do not train, because their languages are not chosen.',
  ]);
});

describe('the longest length that fits', () => {
  const asked = (gib: number, max_length: number): PlanSettings => ({
    lora: settings(64).lora,
    max_length,
    per_device_train_batch_size: 1,
    cache_length: 1024,
    cache_rows: 1,
    gpu_bytes: gib * 2 ** 30,
  });

  it('is the one asked for where it fits, and falls with the memory', () => {
    const lengths = [64, 24, 16].map((gib) => longestFitting(large, asked(gib, 8192)));
    expect(lengths).toEqual([...lengths].sort((a, b) => b - a));
    expect(lengths[0]! > lengths[2]!).toBe(true);
    expect(longestFitting(large, asked(24, 1024))).toBe(1024);
  });

  it('is the least where not even that fits', () => {
    expect(longestFitting(large, asked(4, 8192))).toBe(64);
    expect(longestFitting(large, asked(4, 32))).toBe(32);
  });
});
