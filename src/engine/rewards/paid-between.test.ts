/** Rewards that pay a value for right and one for wrong, the reward of short answers, and the published rewards of language compliance made of them. */
import { expect, it } from 'vitest';
import type { RewardName, Verdict } from '../../protocol/rewards.ts';
import { chooseRewards } from './choose.ts';
import { rewards } from './index.ts';
import { readRow } from './read-row.ts';

async function judge(name: RewardName, row: object, given: object = {}): Promise<Verdict> {
  const read = readRow(row);
  if (!('sample' in read)) throw new Error(read.problem);
  const [chosen] = chooseRewards([name], { [name]: given });
  return rewards[name]!(read.sample, chosen!.settings, { max_completion_length: null });
}

const german = 'Es bleiben neun Äpfel im Korb übrig.';
const english = 'There are nine apples left in the basket.';

it.each([
  ['in the language', german, 5],
  ['in another one', english, -5],
  ['empty', '', -5],
  ['half and half', `${german} ${english}`, 0],
])('a language pays between two values: %s', async (_, answer, value) => {
  const row = { reasoning: 'x', answer, answer_language: 'German' };
  expect((await judge('answer_language', row, { right: 5, wrong: -5 })).value).toBeCloseTo(value);
  expect(
    (await judge('language', { reasoning: answer, answer: '', reasoning_language: 'German' }, { right: 5, wrong: -5 })).value,
  ).toBeCloseTo(value);
});

it.each([
  ['Neun.', -5],
  ['9', -5],
  ['九つのりんごが残ります', -5], // another language
  [german, 5],
])('with fewest_letters %j is worth %d', async (answer, value) => {
  const row = { reasoning: 'x', answer, answer_language: 'de' };
  expect((await judge('answer_language', row, { right: 5, wrong: -5, fewest_letters: 20 })).value).toBe(value);
});

it('a Chinese character is three letters of fewest_letters', async () => {
  const of = async (answer: string) =>
    (await judge('answer_language', { reasoning: '', answer, answer_language: 'zh' }, { fewest_letters: 20 })).value;
  expect([await of('篮子里还剩下九个苹果'), await of('九个苹果')]).toEqual([1, 0]);
});

it('where no language is asked for the answer, that of the thought or of the question may count', async () => {
  const row = { reasoning: 'x', answer: german, reasoning_language: 'German' };
  const of = async (more: object, same_as: string, otherwise = '') =>
    (await judge('answer_language', { ...row, ...more }, { same_as, otherwise })).value;
  expect((await judge('answer_language', row)).value).toBeNull();
  expect([await of({}, 'thought'), await of({ answer_language: 'French' }, 'thought')]).toEqual([1, 0]);
  expect([await of({ reasoning_language: undefined }, 'thought'), await of({ reasoning_language: undefined }, 'thought', 'de')]).toEqual([
    null,
    1,
  ]);
  const question = '¿Cuántas manzanas quedan en la cesta de Ana?';
  expect([await of({ question }, 'question'), await of({ question, answer: 'Quedan nueve manzanas en la cesta.' }, 'question')]).toEqual([
    0, 1,
  ]);
  expect([await of({ question: '7 + 8' }, 'question'), await of({ question: '7 + 8', language: 'de' }, 'question')]).toEqual([null, 1]);
});

it.each([
  ['It is 3.5 in all.', 1],
  ['It is nine. Dr. Sato agrees with Mr. J. Smith.', 2],
  ['Das sind z. B. neun Äpfel.', 1],
  ['1. Erstens zähle ich.\n2. Zweitens rechne ich.\n3. Fertig', 3],
  ['- eins\n- zwei\n- drei', 3],
  ['剩下九个苹果。这就是答案。', 2],
  ['नौ सेब बचे हैं। यही उत्तर है। धन्यवाद।', 3],
  ['Yes! No? Maybe...', 3],
  [`${'nine apples are left and '.repeat(40)}nine`, 3],
  ['$$\\frac{9}{1}$$', 1],
])('%j has %d sentences', async (answer, sentences) => {
  const pays = async (max_sentences: number) => (await judge('short_answer', { reasoning: 'x', answer }, { max_sentences })).value;
  expect(await pays(sentences)).toBe(1);
  if (sentences > 1) expect(await pays(sentences - 1)).toBe(0);
});

it('no answer is no short one', async () => {
  const of = async (answer: string) => (await judge('short_answer', { reasoning: german, answer }, { right: 0.5, wrong: -1 })).value;
  expect([await of(''), await of('…'), await of(german), await of(`${german} `.repeat(3))]).toEqual([-1, -1, 0.5, -1]);
});

it('a gate multiplies by the share itself', () => {
  const gate = (more: object) => chooseRewards(['format', 'language'], { language: { combine: 'gate', ...more } });
  expect(() => gate({ right: 5, wrong: -5 })).toThrow(/language\.right is 5 and a gate multiplies.*language\.wrong is -5 and a gate/);
  expect(gate({ right: 1, wrong: 0 })[1]!.settings).toMatchObject({ combine: 'gate', right: 1, wrong: 0 });
  expect(() => chooseRewards(['language'], { language: { otherwise: 'Klingon' } })).toThrow(
    /otherwise is "Klingon".*a language that is known/,
  );
});
