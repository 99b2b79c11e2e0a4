/** Readers of evaluations: question sets of any form, and answers to score. What is read is asked once and scored by a gold, or said. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { readQuestionFiles } from '../../src/engine/evaluate/read-questions.ts';
import { readSamples } from '../../src/engine/evaluate/read-samples.ts';
import { figuresOf } from '../../src/engine/evaluate/score.ts';
import type { GroupFigures } from '../../src/protocol/evaluation.ts';
import { textLike } from './mutations.ts';
import { check, checkSentence, type Parser, parser, type Reading } from './parser.ts';

const fixture = (name: string): string => readFileSync(new URL(`../../e2e/fixtures/evaluation/${name}`, import.meta.url), 'utf8');
const TABLES = ['header.tsv', 'plain_quotes.tsv', 'units.tsv', 'bom_crlf_blank.tsv', 'answer_first.tsv'].map((name) =>
  fixture(`sets/${name}`),
);
const JSONLS = ['choices.jsonl', 'two_languages.jsonl'].map((name) => fixture(`sets/${name}`));

async function readSet(text: string, name: string): Promise<Reading> {
  const set = await readQuestionFiles([{ path: name, blob: new Blob([text]) }], name);
  for (const { text: sentence } of set.problems) checkSentence(sentence);
  const keys = set.questions.map(({ language, id }) => JSON.stringify([language, id]));
  check(new Set(keys).size === keys.length, 'two questions of one name');
  const unscored = new Set(set.problems.filter(({ scored }) => !scored).map(({ row }) => row));
  for (const { question, gold, row, options } of set.questions) {
    check(question.trim() !== '', 'an empty question');
    check(gold === null ? unscored.has(row) : gold.trim() !== '', `row ${row} without a gold and without a word`);
    for (const { letter, text: one } of options ?? []) check(question.includes(`${letter}) ${one}`), 'an option that is not shown');
    if (options && gold !== null)
      check(
        options.some(({ letter, text: one }) => gold === `${letter}) ${one}`),
        'a gold that is no option',
      );
  }
  check(set.mapping !== null || set.questions.length === 0, 'questions of unknown columns');
  return set.questions.length > 0 ? 'accepted' : 'refused';
}

/** Scores in any order of the lines are the same, and shares are shares. */
async function scored(text: string): Promise<Reading> {
  const { answers, problems } = await readSamples(text);
  for (const problem of problems) checkSentence(`x.jsonl cannot be scored: ${problem}.`);
  if (problems.length > 0) return 'refused';
  const figures = figuresOf(answers, [1, 2]);
  check(JSON.stringify(figures) === JSON.stringify(figuresOf([...answers].reverse(), [1, 2])), 'another order gives other figures');
  const isShare = (value: number | null) => value === null || (value >= 0 && value <= 1);
  const { avg, maj, parsed }: GroupFigures = figures.all;
  for (const { mean, low, high } of [avg, maj, parsed]) check([mean, low, high].every(isShare), `${mean} from ${low} to ${high}`);
  return 'accepted';
}

export const questionParsers: Parser[] = [
  parser('question sets, tables', 401, textLike(TABLES), (text) => readSet(text, 'x.tsv')),
  parser('question sets, JSONL', 402, textLike(JSONLS), (text) => readSet(text, 'x.jsonl')),
  // A bootstrap takes its time: a few lines are as good as many.
  parser('answers to score', 403, fc.oneof(textLike([fixture('samples.jsonl').split('\n').slice(0, 6).join('\n')])), scored),
];
