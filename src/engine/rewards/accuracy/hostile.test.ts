/** Texts that would hold a thread for seconds or fill its memory are judged at once, by limits of size and of effort. */
import { expect, test } from 'vitest';
import { judgeAnswer } from './index.ts';
import { judgeAsTrl } from './trl/index.ts';

const boxed = (inside: string) => `\\boxed{${inside}}`;
const nested = (open: string, close: string, depth: number) => boxed(`${open.repeat(depth)}2${close.repeat(depth)}`);

test.each<[string, string]>([
  ['money signs', '$$'.repeat(20_000)],
  ['boxes that never close', '\\boxed{'.repeat(20_000)],
  ['many boxes', '\\boxed{1}, '.repeat(5000)],
  ['the word answer', 'the answer is '.repeat(4000)],
  ['a word that is a phrase', 'ตอบ'.repeat(8000)],
  ['tags', '<answer>'.repeat(6000)],
  ['brackets', `answer: ${'('.repeat(50_000)}`],
  ['digits', boxed('1'.repeat(50_000))],
  ['commas', boxed('1,'.repeat(25_000))],
  ['spaces', `${' '.repeat(50_000)}x`],
  ['nested braces', nested('{', '}', 400)],
  ['nested roots', nested('\\sqrt{', '}', 80)],
  ['nested square brackets', nested('[', ']', 200)],
  ['nested fractions', nested('\\frac{1}{1+', '}', 60)],
  ['a tower of powers', boxed('9^{9^{9^{9^{9}}}}')],
  ['a large factorial', boxed('99999999!')],
  ['factorials of factorials', boxed('5!!!!!!!!!!')],
  ['a long sum', boxed('\\sum_{k=1}^{999999999} k')],
  ['sums in sums', boxed('\\sum_{k=1}^{1999} \\sum_{j=1}^{1999} \\sin(kj)')],
  ['a large power of unknowns', boxed('(x+y+z)^{500}')],
  ['powers of a binomial', boxed('\\binom{3000}{1500}^{100}')],
  ['many letters', boxed('abcdefgh'.repeat(50))],
  ['a long chain', boxed(`${'x<'.repeat(100)}1`)],
  ['many pluses and minuses', boxed('\\pm 1'.repeat(30))],
])('%s', (_, text) => {
  for (const gold of ['5', '$x^2+\\sin x$', text]) {
    const start = performance.now();
    expect(judgeAnswer(text, gold).value === 1 && gold !== text).toBe(false);
    expect(judgeAsTrl(text, gold).value === 1 && gold !== text).toBe(false);
    // The worker is ended after two seconds each; most take milliseconds.
    expect(performance.now() - start).toBeLessThan(4000);
  }
});
