/** The judge against verdicts of fair readers: shares of agreement, and no wrong answer paid. The pairs are in e2e/fixtures/answers. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { judgeAnswer } from './index.ts';
import { nearMisses } from './near-miss-cases.ts';
import { PHRASE_LANGUAGES } from './phrases.ts';

interface Pair {
  readonly id?: string;
  readonly name?: string;
  readonly language?: string;
  readonly gold: string;
  readonly completion: string;
  readonly right: boolean | 0 | 1 | null;
}

function pairs(name: string): Pair[] {
  const text = readFileSync(new URL(`../../../../e2e/fixtures/answers/${name}.jsonl`, import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Pair & { sense?: boolean | null })
    .map((pair) => ({ ...pair, right: pair.sense === undefined ? pair.right : pair.sense }));
}

/** What stands after the thought, as the reward cuts it. */
function answerPart(completion: string): string {
  const final = completion.split(/<\|channel\|>final<\|message\|>|assistantfinal/);
  if (final.length > 1) return final.at(-1)!.replaceAll(/<\|\w+\|>/g, '');
  const close = completion.lastIndexOf('</think>');
  return close >= 0 ? completion.slice(close + '</think>'.length) : completion.startsWith('<think>') ? '' : completion;
}

function compare(all: readonly Pair[]) {
  const judged = all.filter(({ right }) => right !== null);
  const verdicts = judged.map((pair) => ({
    ...pair,
    verdict: judgeAnswer(answerPart(pair.completion), pair.gold, { language: pair.language }),
  }));
  const wrong = verdicts.filter(({ right, verdict }) => verdict.value !== Number(right));
  const shown = wrong.map(({ id, name, completion, verdict }) => `${id ?? name ?? completion}: ${verdict.value}, ${verdict.why}`);
  return { share: 1 - wrong.length / judged.length, shown, paid: wrong.filter(({ verdict }) => verdict.value === 1).map(({ id }) => id) };
}

test('agrees with a fair reader on the reference pairs, and pays no wrong answer', () => {
  const { share, shown, paid } = compare(pairs('math-verify'));
  console.log(`accuracy: ${(share * 100).toFixed(1)} % of the reference pairs as a fair reader\n${shown.join('\n')}`);
  expect(paid).toEqual([]);
  expect(share).toBeGreaterThanOrEqual(0.99);
});

test('reads numbers as their language writes them', () => {
  expect(compare(pairs('numbers-of-the-world')).shown).toEqual([]);
});

test('finds the answer of a completion', () => {
  const rows = pairs('boxed-answers');
  expect(rows.map(({ name, completion, gold }) => [name, judgeAnswer(answerPart(completion), gold).value])).toEqual(
    rows.map(({ name, right }) => [name, right]),
  );
});

test('knows "the answer is" in at least forty languages', () => {
  expect(new Set(PHRASE_LANGUAGES).size).toBeGreaterThanOrEqual(40);
});

test('judges our own pairs of the same kinds, in more than fifty languages', () => {
  const own = pairs('own-pairs');
  expect(new Set(own.map(({ language }) => language)).size).toBeGreaterThan(50);
  expect(compare(own).shown).toEqual([]);
});

/** Near misses that are right after all. */
const RIGHT_AFTER_ALL: Readonly<Record<string, string>> = {
  'w = 2 \\text{ and } y = 3': 'a gold value (2, 3) has no names',
  'w\\in (2,\\infty )': 'a gold value (2, infinity) asks for no name',
  'w=1/2 \\text{ or } x=3': 'a gold value of two numbers asks for no names',
  '\\binom{10}{7}': 'the same number as 10 over 3',
  'Therefore w = 5': 'a gold value of 5 asks for no name',
  '025': '25 for 25 %',
  'w = 3 \\cdot 4 = 12': 'a gold value of 12 asks for no name',
  '\\{2, 3, 3\\}': 'a set',
  '\\{3, 2, 3\\}': 'a set',
  '1234,5': 'groups may be left out',
  '1.000': 'decimals of zero may be left out',
  '1000': 'decimals of zero may be left out',
  '12\\,': 'a space',
  '1500': 'groups may be left out',
  '-0 \\le x < 4': 'zero has no sign',
  'i^22': '-1',
  'i^6': '-1',
  '\\cos 45^\\circ': 'the sine of 45 degrees is its cosine',
};

test('pays no near miss of a right answer', () => {
  let tried = 0;
  const paid: string[] = [];
  for (const { gold, completion, right, language } of ['math-verify', 'numbers-of-the-world', 'boxed-answers', 'own-pairs'].flatMap(
    pairs,
  )) {
    const { value, parsed } = judgeAnswer(answerPart(completion), gold, { language });
    if (!right || value !== 1 || parsed === null) continue;
    for (const miss of nearMisses(parsed, gold)) {
      tried++;
      if (judgeAnswer(`\\boxed{${miss}}`, gold, { language }).value === 1) paid.push(miss);
    }
  }
  console.log(
    `accuracy: ${paid.length} of ${tried} near misses paid, of which ${paid.filter((miss) => miss in RIGHT_AFTER_ALL).length} are right after all`,
  );
  expect(tried).toBeGreaterThanOrEqual(2000);
  expect(paid.filter((miss) => !(miss in RIGHT_AFTER_ALL))).toEqual([]);
});
