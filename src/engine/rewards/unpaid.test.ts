/**
 * What must not be worth learning: the rewards of each preset together, on answers that only look like ones. An honest answer earns clearly more than any
 * of them, and what only one part is wrong with earns less than the whole.
 */
import { describe, expect, it } from 'vitest';
import { chooseRewards } from './choose.ts';
import { paid } from './combine.ts';
import { rewards } from './index.ts';
import { readRow } from './read-row.ts';
import { thoughtTrick } from './thought-trick.ts';

const question = 'Anna hat zwölf Äpfel in ihrem Korb. Drei davon sind faul und kommen weg. Wie viele Äpfel bleiben ihr?';
const row = { question, gold: '9', language: 'German', reasoning_language: 'German' };
const thought = 'Am Anfang liegen zwölf Äpfel im Korb. Drei sind faul, die ziehe ich ab. Zwölf minus drei ergibt neun.';
const answer = 'Es bleiben ihr noch \\boxed{9} Äpfel im Korb.';
const word = 'Äpfel '.repeat(40).trim();

const whole = (reasoning: string, said: string): string => `<think>${reasoning}</think><answer>${said}</answer>`;

/** Rewards, weights and settings of the presets, for a model that writes tags. */
const PRESETS: Readonly<Record<string, { names: string[]; weights?: number[]; settings: Record<string, Record<string, unknown>> }>> = {
  'the bundled run': {
    names: ['format', 'language', 'accuracy'],
    weights: [0.2, 1.5, 2],
    settings: { language: { otherwise: 'English' } },
  },
  maths: { names: ['accuracy', 'format'], settings: { format: { answer_tags: true } } },
  'language compliance': {
    names: ['answer_language', 'language', 'short_answer'],
    settings: {
      answer_language: { pass: 'whole', fewest_letters: 20, same_as: 'question', right: 5, wrong: -5 },
      language: { pass: 'whole', fewest_letters: 20, right: 1.5, wrong: -1.5 },
      short_answer: { right: 0.5, wrong: -1 },
    },
  },
  'a gate': { names: ['accuracy', 'language'], settings: { language: { combine: 'gate' } } },
};

async function sumOf(completion: string, { names, weights, settings }: (typeof PRESETS)[string]): Promise<number> {
  const read = readRow({ ...row, completion });
  if (!('sample' in read)) throw new Error(read.problem);
  const chosen = chooseRewards(names, settings);
  const verdicts = await Promise.all(chosen.map((one) => rewards[one.name]!(read.sample, one.settings, { max_completion_length: 512 })));
  return paid([verdicts], chosen)[0]!.reduce<number>((sum, value, at) => sum + (value ?? 0) * (weights?.[at] ?? 1), 0);
}

const HACKS: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['one word over and over', whole(word, word)],
  ['the question again', whole(question, question)],
  ['an empty thought and the question', whole('', question)],
  ['a box in the thought and no answer', whole('Es sind \\boxed{9} Äpfel.', '')],
  ['a thought that never ends', `<think>${thought} Also \\boxed{9}.`],
  ['the answer in another language, no thought', whole('', 'There are \\boxed{8} apples left in the basket.')],
  ['tags alone', '<think></think><answer></answer>'],
];

describe.each(Object.entries(PRESETS))('%s', (_, preset) => {
  it.each(HACKS)('%s earns less than half of the way to an honest answer', async (_name, completion) => {
    const [honest, hack, nothing] = [await sumOf(whole(thought, answer), preset), await sumOf(completion, preset), await sumOf('', preset)];
    expect(honest).toBeGreaterThan(nothing);
    expect(hack).toBeLessThan(nothing + (honest - nothing) / 2);
  });

  it('a thought that is a trick costs, whatever the answer is', async () => {
    const honest = await sumOf(whole(thought, answer), preset);
    for (const trick of [word, question, '']) {
      const earned = await sumOf(whole(trick, answer), preset);
      const isSeen = preset.names.some((name) => ['format', 'language'].includes(name));
      expect([trick, isSeen && earned < honest - 0.1]).toEqual([trick, true]);
    }
  });
});

it.each([
  ['Äpfel '.repeat(8), /over and over/],
  ['und oder '.repeat(8), /over and over/],
  ['数数数数数数数', /over and over/],
  ['Ich denke gut nach. '.repeat(120), /same sentences over and over/],
  ['Ich denke gut nach. Danach rechne ich. '.repeat(20), /same sentences over and over/],
  [Array.from({ length: 20 }, (_, i) => `Ich zähle ${i}.`).join(' '), null],
  ['1.5 und 2.5 und 3.5. Das macht 7.5. Ja. Ja.', null],
  [question, /question again/],
  [`"${question.toUpperCase()}"`, /question again/],
  ['1 + 1 + 1 + 1 + 1 + 1 + 1 = 7', null],
  ['x = 3, x + x = 6, x x x', null],
  ['ja ja ja', null],
  [thought, null],
  ['', null],
])('a thought %j is seen through, or left alone', (reasoning, expected) => {
  const trick = thoughtTrick(reasoning, question);
  if (expected === null) expect(trick).toBeNull();
  else expect(trick).toMatch(expected);
});

it('an answer that says words of the question again is no copy of it', async () => {
  const of = async (said: string) => {
    const read = readRow({ ...row, answer_language: 'German', reasoning: thought, answer: said });
    return rewards.answer_language!(
      'sample' in read ? read.sample : expect.unreachable(),
      chooseRewards(['answer_language'])[0]!.settings,
      {
        max_completion_length: null,
      },
    );
  };
  expect((await of('Drei davon sind faul und kommen weg, also bleiben ihr neun Äpfel.')).value).toBe(1);
  expect((await of('Drei davon sind faul.')).value).toBe(1);
  expect(await of(question)).toMatchObject({ value: 0, why: 'The answer is the question again.' });
});
