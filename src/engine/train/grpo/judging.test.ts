/** Answers as rewards see them: with the languages that were asked for, and whether they were cut off. */
import { expect, it } from 'vitest';
import { realText } from '../../../../e2e/fixtures/chat/real-tokenizer.ts';
import { smallTokenizer } from '../../../../e2e/fixtures/templates/goldens.ts';
import { grpoDefaults } from '../../../protocol/grpo.ts';
import type { PromptRow } from '../../batch/prompt-rows.ts';
import type { TextModel } from '../../chat/open-text.ts';
import { promptOf } from '../../chat/prompt.ts';
import { qwen3 } from '../../chat/qwen/index.ts';
import type { Reply } from '../../generate/answer.ts';
import { sampleOf } from '../../generate/reply-sample.ts';
import { rewards } from '../../rewards/index.ts';
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

/** Red before: only a prompt that ended in the tag itself counted, and a thought begun in Harmony was no thought at all. */
it('a thought whose first words stand in the prompt is judged as one, in either format', async () => {
  const ask = async (model: TextModel, name: 'format' | 'harmony', text: string, stop: Reply['stop'] = 'eos') => {
    const messages = [{ role: 'user' as const, content: 'Ngapi?' }];
    const ids = await promptOf(model, { messages }, { date: '2025-08-05', reasoning_language: null, opening: 'Nitafikiri kwa Kiswahili.' });
    const stream = model.format.reply(model.tokenizer, ids);
    const written = text
      .split(/(<\|\w+\|>)/)
      .flatMap((part, i) => (i % 2 ? [model.tokenizer.specialId(part)] : model.tokenizer.encodeText(part)));
    stream.push(written);
    stream.finish();
    const { thinking, content } = stream;
    const sample = sampleOf({ ...prompt, ids }, { ids: written, thinking, content, stop }, model.tokenizer);
    return [await rewards[name]!(sample, {}, { max_completion_length: null }), sample.reasoning] as const;
  };
  const qwen: TextModel = { tokenizer: smallTokenizer('qwen3'), format: qwen3, identity: '' };
  const thought = 'Nitafikiri kwa Kiswahili. 17 jumlisha 25 ni 42.';
  const good = await ask(qwen, 'format', ' 17 jumlisha 25 ni 42.\n</think>\n\n42<|im_end|>');
  expect(good).toEqual([expect.objectContaining({ value: 1 }), thought]);
  const text = ' 17 jumlisha 25 ni 42.<|end|><|start|>assistant<|channel|>final<|message|>42<|return|>';
  expect(await ask(realText(), 'harmony', text)).toEqual([expect.objectContaining({ value: 1 }), thought]);
});
