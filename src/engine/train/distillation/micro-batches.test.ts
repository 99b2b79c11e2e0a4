/** Weights of tokens by the reduction, and both streams with the same answers in the same order. */
import { describe, expect, it } from 'vitest';
import { distillationDefaults } from '../../../protocol/distillation.ts';
import { byAnswer, microBatches, packStep } from './micro-batches.ts';
import type { TaughtRow, Written } from './written.ts';

function answer(number: number, length: number, cut = false): Written {
  const row: TaughtRow = {
    ...{ row: number, question: '', gold: null, answer: null, reasoning_language: null, answer_language: null, columns: {} },
    ids: Uint32Array.of(1, 2),
    teacher: Uint32Array.of(1, 3, 4, number),
  };
  return { row, ids: Uint32Array.from({ length }, (_, i) => 10 * number + i), cut, reply: null };
}

const answers = [answer(1, 3), answer(2, 5), answer(3, 2, true), answer(4, 4)];
const sums = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);
const weightsOf = (settings: Partial<typeof distillationDefaults>, accumulation = 1) =>
  packStep(microBatches(answers, { ...distillationDefaults, ...settings }, accumulation), 0).map(
    ({ columns }) => columns.weight as Float32Array,
  );

describe('weights', () => {
  it('token: one over all tokens of the micro-batch, so that they add up to one over those accumulated', () => {
    const [whole] = weightsOf({});
    expect([...whole!.subarray(0, 15)]).toEqual([...Array(14).fill(Math.fround(1 / 14)), 0]);
    const halves = weightsOf({}, 2);
    expect(halves.map((one) => one[0])).toEqual([1 / 8 / 2, 1 / 6 / 2].map(Math.fround));
    expect(sums(halves.flatMap((one) => [...one]))).toBeCloseTo(1, 6);
  });

  it('row: each answer counts the same, however long', () => {
    const [whole] = weightsOf({ loss_reduction: 'row' });
    expect([...whole!.subarray(0, 4)]).toEqual([1 / 12, 1 / 12, 1 / 12, 1 / 20].map(Math.fround));
    expect(sums(whole!)).toBeCloseTo(1, 6);
  });

  it('first tokens that are skipped have none, and do not count as tokens', () => {
    const [whole] = weightsOf({ num_loss_tokens_to_skip: 2 });
    // lengths 3, 5, 2, 4 leave 1, 3, 0, 2; the answer of two tokens is not computed at all
    expect([...whole!.subarray(0, 13)].map((w) => w > 0)).toEqual([
      ...[false, false, true],
      ...[false, false, true, true, true],
      ...[false, false, true, true],
      false,
    ]);
    expect(whole![2]).toBe(Math.fround(1 / 6));
    // As TRL: an answer of which nothing counts is still one of the answers.
    const [rows] = weightsOf({ num_loss_tokens_to_skip: 2, loss_reduction: 'row' });
    expect([rows![2], rows![5]]).toEqual([1 / 4, 1 / 12].map(Math.fround));
  });

  it('answers that were cut off count, unless they are masked', () => {
    expect(sums(weightsOf({})[0]!)).toBeCloseTo(1, 6);
    const masked = microBatches(answers, { ...distillationDefaults, mask_truncated_completions: true }, 1);
    expect(masked[0]!.parts.map(({ place }) => place)).toEqual([0, 1, 3]);
    expect(masked[0]!.parts[0]!.weight).toBe(1 / 12);
  });
});

it('lays the same answers after both prompts, in a shape that holds both streams', () => {
  const shapes = [
    { T: 64, M: 64, beside: 64 },
    { T: 64, M: 64, beside: 128 },
  ];
  const [batch] = packStep(microBatches(answers, distillationDefaults, 1), 0, shapes);
  expect(batch!.beside!.ids.length).toBe(64);
  const labels = [...batch!.columns.labels].slice(0, batch!.trained);
  expect(labels).toEqual(answers.flatMap(({ ids }) => [...ids]));
  const beside = batch!.beside!;
  expect([...beside.trained_rows].slice(0, batch!.trained).map((t) => beside.ids[t + 1])).toEqual(labels);
  expect([...beside.ids.subarray(0, 5)]).toEqual([1, 3, 4, 1, 10]);
});

it('a micro-batch of which nothing counts is not computed', () => {
  const batches = microBatches(answers, { ...distillationDefaults, num_loss_tokens_to_skip: 4 }, 2);
  expect(batches.map(({ parts }) => parts.length)).toEqual([1, 0]);
  expect(packStep(batches, 0)).toHaveLength(1);
});

it('gives values of trained rows back to their answers', () => {
  const [batch] = microBatches(answers, { ...distillationDefaults, mask_truncated_completions: true }, 1);
  const values = Float32Array.from({ length: 64 }, (_, i) => i);
  expect([...byAnswer(batch!, values)].map(([place, own]) => [place, [...own]])).toEqual([
    [0, [0, 1, 2]],
    [1, [3, 4, 5, 6, 7]],
    [3, [8, 9, 10, 11]],
  ]);
});
