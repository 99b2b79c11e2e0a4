/** Which prompts take the dataset's answer: an exact share over a run, the same in every run of a seed, and other answers where the student writes. */
import { describe, expect, it } from 'vitest';
import { distillationDefaults } from '../../../protocol/distillation.ts';
import type { Prompt, Reply } from '../../generate/answer.ts';
import { fromDataset, type TaughtRow, writeAnswers } from './written.ts';

describe('the share of prompts with the dataset’s answer', () => {
  it.each([
    [1, 4, 0],
    [0.9, 1, 4],
    [0.5, 1, 20],
    [0.5, 3, 60],
    [0.25, 8, 240],
    [0, 5, 200],
  ])('at lmbda %d and %d prompts a step it is exact over 40 steps', (lmbda, prompts, expected) => {
    const counts = Array.from({ length: 40 }, (_, step) => fromDataset(step, prompts, lmbda, 7).size);
    expect(counts.reduce((a, b) => a + b, 0)).toBe(expected);
    const most = (1 - lmbda) * prompts;
    expect(counts.every((count) => Math.abs(count - most) < 1)).toBe(true);
  });

  it('falls on other prompts each step, and on the same ones in another run', () => {
    const chosen = (seed: number) => Array.from({ length: 12 }, (_, step) => [...fromDataset(step, 8, 0.5, seed)].sort().join());
    expect(chosen(3)).toEqual(chosen(3));
    expect(new Set(chosen(3)).size).toBeGreaterThan(6);
    expect(chosen(3)).not.toEqual(chosen(4));
    const places = new Set(chosen(3).flatMap((list) => list.split(',')));
    expect(places.size).toBe(8);
  });
});

const row = (number: number): TaughtRow => ({
  row: number,
  ids: Uint32Array.of(1, number),
  teacher: Uint32Array.of(1, 2, number),
  completion: Uint32Array.of(number, number, number, 9),
  question: '',
  gold: null,
  answer: null,
  reasoning_language: null,
  answer_language: null,
  columns: {},
});

async function written(lmbda: number, step: number, num_generations = 2) {
  const asked: Prompt[] = [];
  const settings = { ...distillationDefaults, lmbda, num_generations, max_completion_length: 3 };
  const answer = async (prompts: readonly Prompt[], sampling: object): Promise<Reply[]> => {
    asked.push(...prompts);
    expect(sampling).toEqual({ temperature: 1.1, top_p: 0.95, top_k: 20, min_p: 0, max_new_tokens: 3, seed: 5 });
    return prompts.map(({ salt = 0 }): Reply => ({ ids: [salt], stop: 'eos', thinking: '', content: '', rest: '', seconds: 0 }));
  };
  return { asked, ...(await writeAnswers([row(20), row(21), row(22), row(23)], { answer }, { settings, seed: 5, step })) };
}

it('asks for every other answer, none drawn like another of the run, and cuts what the dataset has too long', async () => {
  const { asked, answers } = await written(0.5, 3);
  expect(asked).toHaveLength(4);
  expect(answers.map(({ row: { row: number } }) => number)).toEqual([20, 20, 21, 21, 22, 22, 23, 23]);
  const given = answers.filter(({ reply }) => reply === null);
  expect(given).toHaveLength(4);
  for (const { ids, cut, row: own } of given) expect([[...ids], cut]).toEqual([[own.row, own.row, own.row], true]);
  const salts = (await Promise.all([0, 1, 2].map((step) => written(0.75, step)))).flatMap((one) => one.asked.map(({ salt }) => salt));
  expect(new Set(salts).size).toBe(salts.length);
});

it('asks nothing at lmbda 0, and for everything at 1', async () => {
  expect((await written(0, 0)).asked).toEqual([]);
  const { asked, answers } = await written(1, 0);
  expect([asked.length, answers.every(({ reply }) => reply !== null)]).toEqual([8, true]);
});
