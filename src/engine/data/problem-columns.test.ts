/** Which columns are problems in several languages; and what only looks like one. */
import { expect, it } from 'vitest';
import { problemColumns } from './problem-columns.ts';
import { isRefused, translatedColumns } from './translated-columns.ts';

const columnsOf = (row: Readonly<Record<string, unknown>>, name = 'rows.jsonl') => problemColumns(Object.keys(row), [row], name);
const long = 'A text that is longer than any id or type.';

it('columns of languages, in any of their spellings; ids, types and marks are none', () => {
  const row = {
    problem: 'Q',
    problem_sw: '5 + 3?',
    problem_YOR: '5 + 3?',
    problem_amharic: long,
    problem_id: 'p-17',
    problem_no: '3',
    problem_sw_ok: 'true',
    problem_sw_source: long,
    problem_text: long,
    solution: 'S',
  };
  const found = columnsOf(row)!;
  expect(found.translations.map(({ column, language }) => [column, language])).toEqual([
    ['problem_sw', 'sw'],
    ['problem_YOR', 'yo'],
    ['problem_amharic', 'am'],
  ]);
  expect([found.problem_english, found.solution_english]).toEqual(['problem', 'solution']);
});

it('English beside the bare name is English', () => {
  const found = columnsOf({ question: long, question_en: long, question_de: long, reference_solution_en: long })!;
  expect(found.translations.map(({ language }) => language)).toEqual(['de']);
  expect([found.problem_english, found.solution_english]).toEqual(['question_en', 'reference_solution_en']);
});

it('a language a row: the problem that is English stands beside it', () => {
  const found = columnsOf({
    problem: 'Q',
    solution: 'S',
    Answer: '1',
    problem_translated: long,
    language: 'Swahili',
    language_short: 'sw',
  })!;
  expect(found.own).toMatchObject({ column: 'problem_translated', languages: ['language_short', 'language'], language: null });
  expect([found.problem_english, found.solution_english]).toEqual(['problem', 'solution']);
  expect(columnsOf({ problem: 'Q', solution: 'S', problem_translated: long }, 'swa/train-00000-of-00001.parquet')!.own!.language).toBe(
    'sw',
  );
});

it('an answer is a solution only where it is long; without anything English there is nothing for a teacher', () => {
  expect(columnsOf({ question: long, question_sw: long, answer: '42' })).toMatchObject({
    problem_english: 'question',
    solution_english: undefined,
  });
  expect(columnsOf({ question: long, question_sw: long, answer: long.repeat(2) })!.solution_english).toBe('answer');
  expect(columnsOf({ problem_sw: long, Answer: '42' })).toBeNull();
  expect(columnsOf({ question: long, answer: long })).toBeNull();
});

it('a problem is refused by any mark that is not true', () => {
  const refused = (ok: unknown) => isRefused({ problem_sw: 'x', problem_sw_ok: ok }, { column: 'problem_sw' });
  expect([true, 'true', 'True', 1, '1', 'yes', ' ok '].map(refused)).toEqual(Array(7).fill(false));
  expect([false, 'false', 0, '0', 'no', null, '', 'bad', 'unchecked', 0.5].map(refused)).toEqual(Array(10).fill(true));
  expect(isRefused({ problem_sw: 'x' }, { column: 'problem_sw' })).toBe(false);
});

it('a column of numbers whose name ends as a code does is no language', () => {
  expect(translatedColumns(['question', 'question_id'], 'question', [{ question: 'Q', question_id: '17' }])).toEqual([]);
});
