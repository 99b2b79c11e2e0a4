/** Answers as rewards see them: with the languages that were asked for, and whether they were cut off. */
import { expect, it } from 'vitest';
import { grpoDefaults } from '../../../protocol/grpo.ts';
import type { PromptRow } from '../../batch/prompt-rows.ts';
import type { Reply } from '../../generate/answer.ts';
import type { Sample } from '../../rewards/reward.ts';
import { judging } from './judging.ts';

const tokenizer = { decode: (ids: Iterable<number>) => `${[...ids].length} ids`, isSpecial: () => false };
const prompt: PromptRow = {
  row: 1,
  ids: Uint32Array.of(1, 2),
  question: 'Q',
  gold: 4,
  answer: 'Vier.',
  reasoning_language: 'German',
  answer_language: 'French',
  columns: { answer_language: 'fr', language: 'en' },
};
const reply: Reply = { ids: [1], thinking: 'Ja.', content: 'Quatre.', rest: '', stop: 'length', seconds: 1 };

async function seen(row: PromptRow, one: Reply): Promise<Sample> {
  const samples: Sample[] = [];
  const runner = {
    score: async (given: readonly Sample[]) => {
      samples.push(...given);
      return given.map(() => [{ value: 1, why: '' }]);
    },
  };
  const judge = judging(runner, { ...grpoDefaults, reward_funcs: ['answer_language'] }, tokenizer);
  await judge([row], [one], { step: 0, steps: 1, group: 1 });
  return samples[0]!;
}

it('carries both languages of the prompt to the rewards', async () => {
  expect(await seen(prompt, reply)).toMatchObject({
    reasoning: 'Ja.',
    answer: 'Quatre.',
    finished: false,
    row: { question: 'Q', gold: '4', language: 'en', reasoning_language: 'German', answer_language: 'French' },
  });
  const { row, finished } = await seen({ ...prompt, reasoning_language: null, answer_language: null }, { ...reply, stop: 'eos' });
  expect([row.reasoning_language, row.answer_language, finished]).toEqual([undefined, undefined, true]);
});
