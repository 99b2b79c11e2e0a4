/** What is said of rows that are not asked: prompts without room beside the answer, with the mend, and others by their first reason. */
import { expect, it } from 'vitest';
import type { PromptRow, PromptRows } from '../batch/prompt-rows.ts';
import { rowProblem } from '../data/row-problems.ts';
import { unasked } from './run-source.ts';

const source = (asked: number, tooLong: readonly number[], others = 0): PromptRows => ({
  rows: Array.from({ length: asked }, (_, row) => ({ row }) as PromptRow),
  problems: [
    ...tooLong.map((length, at) => rowProblem(at + 1, 'too-long', false, `has ${length} tokens`)),
    ...Array.from({ length: others }, (_, at) => rowProblem(at + 50, 'missing-field', false, 'has no question before its last answer')),
  ],
  tooLong,
});

it('nothing where all rows are asked', () => {
  expect(unasked(source(3, []), 512, 100)).toEqual([]);
});

it('prompts that have no room are said with the limits, and the length that asks all of them', () => {
  expect(unasked(source(8, [140, 120]), 512, 400)).toEqual([
    {
      place: 'data',
      sentence:
        '2 of 10 prompts are left out: prompt and max_completion_length 400 must fit the model’s 512 positions, and the longest prompt has 140.',
      mend: { label: 'Use 372 tokens: all are asked then', max_completion_length: 372 },
    },
  ]);
  const [whole] = unasked(source(0, [600]), 512, 512);
  expect(whole!.sentence).toMatch(/^1 of 1 prompt is left out: .*Shorten the questions\.$/);
  expect(whole!.mend).toBeUndefined();
});

it('other rows by their first reason', () => {
  const [room, other] = unasked(source(7, [500], 2), 512, 100);
  expect(room!.mend).toEqual({ label: 'Use 12 tokens: all are asked then', max_completion_length: 12 });
  expect(other!.sentence).toMatch(/^2 rows of 10 are not asked\. Row 50 has no question before its last answer/);
});
