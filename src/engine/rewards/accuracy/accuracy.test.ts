/** The judge against verdicts of fair readers: shares of agreement, and no wrong answer paid. The pairs are in e2e/fixtures/answers. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { judgeAnswer } from './index.ts';
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
