/** TRL's reward, imitated, against the verdicts of TRL itself on the reference pairs; and a line for each of its rules. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { judgeAsTrl } from './index.ts';

interface Pair {
  readonly id: string;
  readonly gold: string;
  readonly completion: string;
  readonly trl: 0 | 1 | null;
}

test('agrees with TRL on the reference pairs', () => {
  const text = readFileSync(new URL('../../../../../e2e/fixtures/answers/math-verify.jsonl', import.meta.url), 'utf8');
  const pairs = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Pair);
  const wrong = pairs.filter(({ completion, gold, trl }) => judgeAsTrl(completion, gold).value !== trl).map(({ id }) => id);
  console.log(`accuracy_trl: ${((1 - wrong.length / pairs.length) * 100).toFixed(1)} % of the reference pairs as TRL ${wrong.join(' ')}`);
  expect(1 - wrong.length / pairs.length).toBeGreaterThanOrEqual(0.97);
});

test.each([
  ['a box is needed, or LaTeX behind "answer"', '19', '19', 0],
  ['the English word alone', '33', 'La respuesta es $33$.', 0],
  [
    'the last box',
    '12',
    'My first try gave \\boxed{11}. I left out the corner post, which needs paint too. Adding it in again the total must be \\boxed{12}',
    1,
  ],
  ['a box in the thought counts', '16', '<think>So the answer is \\boxed{16}.', 1],
  ['units are dropped without a look', '$3\\text{ km}$', '\\boxed{3 \\text{ m}}', 1],
  ['anagrams are products', '$lamp$', '\\boxed{palm}', 1],
  ['capitals do not matter', '$2K+1$', '\\boxed{2k+1}', 1],
  ['decimals are rounded to six places', '0.0000001', '\\boxed{0.0000002}', 1],
  ['but not against whole numbers', '4', '\\boxed{4.0000001}', 0],
  ['two numbers side by side are added', '12500', '\\boxed{12\\,500}', 0],
  ['a fraction without braces is not read', '$\\frac{1}{2}$', '\\boxed{\\frac12}', 0],
  ['an interval as gold refuses an inequality', '$(2, 5)$', '\\boxed{2 < x < 5}', 0],
  ['an inequality as gold accepts an interval', '$2 < x < 5$', '\\boxed{(2, 5)}', 1],
  ['letters on the left make an assignment', '$x + y = 10$', '\\boxed{10}', 1],
  ['a gold without dollars that is no number', '\\pi', '\\boxed{\\pi}', null],
  ['a gold cut to its last number', '3\\pi', '\\boxed{3}', 1],
])('%s', (_, gold, completion, value) => {
  expect(judgeAsTrl(completion, gold).value).toBe(value);
});

test('a long or hostile text ends at once', () => {
  const start = performance.now();
  for (const text of [
    '$$'.repeat(20_000),
    '\\boxed{'.repeat(20_000),
    'answer $'.repeat(20_000),
    '\\[\\boxed{a}'.repeat(20_000),
    `answer: ${'('.repeat(50_000)}`,
  ]) {
    judgeAsTrl(text, '5');
    judgeAsTrl('\\boxed{5}', text);
  }
  expect(performance.now() - start).toBeLessThan(8000);
});
