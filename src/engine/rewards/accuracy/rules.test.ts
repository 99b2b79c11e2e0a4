/** A line for every rule of the judge that two readers could see differently, and for each way of writing that it reads. */
import { expect, test } from 'vitest';
import { judgeAnswer } from './index.ts';

type Line = [rule: string, gold: unknown, text: string, value: 1 | 0 | null, language?: string];

const LINES: Line[] = [
  ['an unclosed box is no answer', '12', '\\boxed{12', 0],
  ['an unclosed box is no answer, whatever was boxed before', '12', 'So \\boxed{12}. Again: \\boxed{12', 0],
  ['boxes joined by a comma are a list', '12', '\\boxed{11}, \\boxed{12}', 0],
  ['boxes joined by "and" are a list', '11, 12', '\\boxed{11} and \\boxed{12}', 1],
  ['boxes joined by "or" in another language', '11, 12', '\\boxed{11} oder \\boxed{12}', 1, 'de'],
  ['never across a full stop', '12', 'It is \\boxed{11}. No, \\boxed{12}', 1],
  ['an earlier box of words does not count', '12', '\\boxed{\\text{Answer}}, \\boxed{12}', 1],
  ['the same box twice is one answer', '12', '\\boxed{12} and \\boxed{12}', 1],
  ['any member of a list of golds', ['5', 'five'], '\\boxed{5}', 1],
  ['any member of a list of golds as JSON text', '["5", "7"]', '\\boxed{7}', 1],
  ['no other', '["5", "7"]', '\\boxed{6}', 0],
  ['the sign of money goes before groups are read', '1250000', '\\boxed{₹12,50,000}', 1, 'en'],
  ['a decimal gold accepts the exact value that rounds to it', '3.14', '\\boxed{\\pi}', 1],
  ['a decimal gold refuses another exact value', '3.14', '\\boxed{\\frac{25}{8}}', 0],
  ['a decimal gold refuses another decimal', '0.5', '\\boxed{0.500001}', 0],
  ['one decimal says too little to round to', '1.3', '\\boxed{\\frac{4}{3}}', 0],
  ['a word gold equals the same words', 'no such number exists', '\\boxed{\\text{no such number exists}}', 1],
  ['a word gold refuses another word', 'Maria', '\\boxed{\\text{Marta}}', 0],
  ['a sentence is right where it is the gold', 'The capital of Switzerland is Bern.', 'The capital of Switzerland is Bern.', 1, 'en'],
  [
    'a sentence is right where it is the gold, in another language',
    'Il Ciad si trova in Africa.',
    ' Il Ciad si trova in Africa.\n',
    1,
    'it',
  ],
  ['another sentence is not', 'The capital of Switzerland is Bern.', 'The capital of Switzerland is Basel.', 0, 'en'],
  ['null for no gold', '', '\\boxed{12}', null],
  ['null for no gold at all', undefined, '\\boxed{12}', null],
  ['null for a sentence that nothing can be compared with', 'Because both sides are even.', '\\boxed{12}', null],
  ['brackets at infinity are open', '$(-\\infty, 3)$', '\\boxed{[-\\infty, 3)}', 1],
  ['a chain is right only if every link is', '12', '\\boxed{3 \\cdot 5 = 12}', 0],
  ['a chain of true links', '12', '\\boxed{x = 3 \\cdot 4 = 12}', 1],
  ['a letter with a value is right only if both agree', 'B) 7', '\\boxed{B) 8}', 0],
  ['a letter with a value, the letter wrong', 'B) 7', '\\boxed{A) 7}', 0],
  ['a letter with the value', 'B) 7', '\\boxed{7}', 1],
  ['a number as gold', 12, '\\boxed{12}', 1],
  ['the number behind four signs', '48 / 2 = 24\n#### 24', '\\boxed{24}', 1],
  ['one-sided units are left out', '40', '\\boxed{40 \\text{ km/h}}', 1],
  ['units are converted', '5 km', '\\boxed{5000 \\text{ m}}', 1],
  ['units of another dimension', '5 km', '\\boxed{5 \\text{ kg}}', 0],
  ['the unit behind the box', '9 m', '\\boxed{9} cm', 0],
  ['a percentage is a share', '0.25', '\\boxed{25\\%}', 1],
  ['a percentage without its sign', '25%', '\\boxed{25}', 1],
  ['but 0.5 % is not 0.5', '0.5', '\\boxed{0.5\\%}', 0],
  ['two names differ', '$x = 4$', '\\boxed{y = 4}', 0],
  ['an equation that is not solved', '$x = 3$', '\\boxed{2x = 6}', 0],
  ['an inequality times a number', '$x > 2$', '\\boxed{2x > 4}', 1],
  ['an inequality times a negative number', '$x > 2$', '\\boxed{-x > -2}', 0],
  ['half of the answer', '1331 and 1728', '\\boxed{1728}', 0],
  ['a set has no order', '$\\{1, 2, 3\\}$', '\\boxed{3, 1, 2}', 1],
  ['a tuple has', '$(6, 1)$', '\\boxed{(1, 6)}', 0],
  ['the real line but a point', '$x \\ne 3$', '\\boxed{(-\\infty, 3) \\cup (3, \\infty)}', 1],
  ['half-lines differ by their end', '$(3, \\infty)$', '\\boxed{(4, \\infty)}', 0],
  ['whole numbers are exact', '$10^{20}+1$', '\\boxed{10^{20}}', 0],
  ['roots are told apart by digits', '$\\sqrt{10^{140}+1}$', '\\boxed{10^{70}}', 0],
  ['unknowns at exact points', '$x+1$', '\\boxed{x+1.0000000001}', 0],
  ['a sum that is cut off is not equal', '$\\cos(10^{-100})$', '\\boxed{1}', 0],
  ['what cannot be read is not paid', '25', '\\boxed{25\\%0}', 0],
  ['an unknown command with a number', '3', '\\boxed{\\foo{3}}', 0],
  ['an empty cell', '$\\begin{pmatrix} 1 & 0 \\end{pmatrix}$', '\\boxed{\\begin{pmatrix} 1 & \\end{pmatrix}}', 0],
  ['anagrams', '$lamp$', '\\boxed{palm}', 0],
  ['the language decides a dot', '1500', '\\boxed{1.500}', 1, 'de'],
  ['and in English', '1.5', '\\boxed{1.500}', 1, 'en'],
  ['a connective of one letter, in its language', '2, 3', '\\boxed{2 y 3}', 1, 'Spanish'],
  ['a name of a language serves', '2.5', '\\boxed{2,5}', 1, 'German'],
  ['words in the language', '47', 'Die Antwort ist siebenundvierzig.', 1, 'de'],
  ['numerals of Chinese', '30000', '答えは3万円です。', 1, 'ja'],
  ['the answer comes before its reason', '28', 'There are 28 days, because 4 weeks have 7 days each', 1],
  ['a minus in words', '-3', 'The answer is negative 3.', 1],
  ['a bound is no value', '12', '\\boxed{\\text{less than } 12}', 0],
  ['nor with the words behind it', '12', '\\boxed{12 \\text{ or more}}', 0],
  ['a power in words is no unit', '12', '\\boxed{12 \\text{ squared}}', 0],
  ['a dozen is twelve', '36', '\\boxed{3 \\text{ dozen eggs}}', 1],
  ['also behind a word', '2', 'The answer is two dozen.', 0],
  ['the tag', '13', '<answer>13</answer>', 1],
  ['nothing', '0', '   ', 0],
];

test.each<Line>(LINES)('%s', (_, gold, text, value, language) => {
  expect(judgeAnswer(text, gold, { language }).value).toBe(value);
});

test('says what was read', () => {
  expect(judgeAnswer('\\boxed{12,50,000}', '1250000', { language: 'hi' })).toEqual({
    value: 1,
    parsed: '12,50,000',
    why: 'Right: read 12,50,000 as 1250000 from the last box; gold is 1250000.',
  });
  expect(judgeAnswer('Ich weiß es nicht.', '5', { language: 'de' })).toEqual({
    value: 0,
    parsed: null,
    why: 'No answer was found in the text.',
  });
});
