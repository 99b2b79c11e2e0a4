/** Figures against answers that were counted by hand, in any order of the answers. */
import { expect, it } from 'vitest';
import type { JudgedAnswer } from '../../protocol/evaluation.ts';
import { comparePaired } from './paired.ts';
import { figuresOf } from './score.ts';

const answer = (question: string, parsed: string | null, right: boolean | null, more: Partial<JudgedAnswer> = {}): JudgedAnswer => ({
  language: 'de',
  question,
  parsed,
  right,
  ...more,
});

it('an answer that could not be read is no vote; spellings of one answer are one', () => {
  const { questions } = figuresOf(
    [
      answer('halves', '1/2', true),
      answer('halves', '0,5', true),
      answer('halves', '2', false),
      answer('halves', null, false),
      answer('tie', '12', true),
      answer('tie', '13', false),
      answer('none', null, false),
    ],
    [1, 2, 4],
  );
  const figures = Object.fromEntries(questions.map(({ question, ...rest }) => [question, rest]));
  expect(figures.halves).toMatchObject({ n: 4, c: 2, avg: 0.5, maj: 1, tied: 0, parsed: 0.75, pass_at: { 1: 0.5, 2: 1 - 1 / 6, 4: 1 } });
  expect(figures.halves!.accuracy_given_parsed).toBe(2 / 3);
  expect(figures.tie).toMatchObject({ maj: 0.5, tied: 2, pass_at: { 4: null } });
  expect(figures.none).toMatchObject({ maj: 0, tied: 0, parsed: 0, accuracy_given_parsed: null });
});

it('a question without a gold counts in no accuracy, and its texts count', () => {
  const thought = { share: 0.5, lines: false, words: true };
  const { all } = figuresOf([answer('a', '1', true, { thought }), answer('b', null, null, { thought })], [1]);
  expect(all).toMatchObject({ questions: 1, unscored: 1, samples: 2, avg: { mean: 1 }, parsed: { mean: 1 } });
  expect(all.thought).toMatchObject({ share: { mean: 0.5, low: 0.5, high: 0.5 }, lines: { mean: 0 }, words: { mean: 1 } });
});

it('pairs go by language and question', () => {
  const first = figuresOf([answer('a', '1', true), answer('b', '1', true), answer('c', '2', false), answer('only', '1', true)], [1]);
  const second = figuresOf([answer('a', '2', false), answer('b', '1', true), answer('c', '2', false)], [1]);
  const { all, unpaired } = comparePaired(first, second);
  expect(all).toMatchObject({ questions: 3, better: 1, worse: 0, equal: 2, p: 1, difference: { mean: 1 / 3, low: 0 } });
  expect(unpaired).toBe(1);
});

it('of all languages, a question is drawn with its translations; each language stays as it was alone', () => {
  const rows = (language: string) => Array.from({ length: 40 }, (_, i) => answer(`q${i}`, '1', i % 4 === 0, { language }));
  const alone = figuresOf(rows('de'), [1]);
  const both = figuresOf([...rows('de'), ...rows('fr')], [1]);
  expect(both.languages.de).toEqual(alone.all);
  expect(both.all.avg).toEqual(alone.all.avg); // right and wrong in both: the second language tells nothing new
  expect(comparePaired(both, both).all.difference).toEqual({ mean: 0, low: 0, high: 0 });
});
