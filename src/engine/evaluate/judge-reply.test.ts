/** What is read off a reply to a question, and what is said of a reply that was cut off. */
import { expect, it } from 'vitest';
import { judgeReply } from './judge-reply.ts';

const question = { id: '3', language: 'de', gold: '7,5' };
const reply = {
  column: 'base',
  sample: 0,
  thinking: 'Ich rechne drei mal zwei Komma fünf.\nDas sind sieben und ein halbes.',
  answer: 'Es sind 7,50.',
  tokens: 30,
  seconds: 1,
  stop: 'eos' as const,
};
const languages = { reasoning: 'German', answer: 'German', among: ['en'] };

it('the answer is read by the language of the question, thought and answer by the languages asked for', async () => {
  expect(await judgeReply(question, reply, languages)).toMatchObject({
    ...reply,
    language: 'de',
    question: '3',
    parsed: '7,50',
    right: true,
    thought: { share: 1, lines: true, words: true },
  });
  const english = { ...reply, thinking: 'Ich rechne das im Kopf.\nSo the answer is seven and a half, as we wanted.' };
  expect((await judgeReply(question, english, languages)).thought).toEqual({ share: 0.5, lines: false, words: true });
  const mixed = { ...reply, thinking: 'Das Wetter ist heute 天气 schön. Ich gehe morgen in die Stadt.' };
  expect((await judgeReply(question, mixed, languages)).thought).toMatchObject({ lines: true, words: false });
  const unasked = await judgeReply(question, reply, { ...languages, reasoning: null });
  expect(unasked.thought).toBeNull();
});

it('a reply that was cut off has no answer but in a closed box', async () => {
  const cut = { ...reply, stop: 'length' as const };
  expect(await judgeReply(question, cut, languages)).toMatchObject({ parsed: null, right: false });
  expect(await judgeReply(question, { ...cut, answer: '\\boxed{7,5} denn' }, languages)).toMatchObject({ parsed: '7,5', right: true });
});

it('without a gold nothing is right or wrong', async () => {
  expect(await judgeReply({ ...question, gold: null }, reply, languages)).toMatchObject({ parsed: null, right: null });
});

it('a gold that is a sentence has right and wrong answers', async () => {
  const prose = { id: '1', language: 'en', gold: 'Paris is the capital of France.' };
  const right = async (answer: string) => (await judgeReply(prose, { ...reply, answer }, languages)).right;
  expect(await right('Paris is the capital of France.')).toBe(true);
  expect(await right('Rome is the capital of Italy.')).toBe(false); // red before: null, so that right answers alone were counted
});
