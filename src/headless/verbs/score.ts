/**
 * `score`: Pass@k, averages, votes and format rate of answers that are there already, one JSON object a line, with 95 % intervals; with --against the
 * paired comparison of two such files. Needs neither model nor GPU. The order of the lines makes no difference.
 */
import { comparePaired } from '../../engine/evaluate/paired.ts';
import { readSamples } from '../../engine/evaluate/read-samples.ts';
import { figuresOf, questionKey } from '../../engine/evaluate/score.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import { throwProblems } from '../../lib/problems.ts';
import {
  BOOTSTRAP_DRAWS,
  BOOTSTRAP_SEED,
  type Estimate,
  type Figures,
  type GroupFigures,
  type PairedFigures,
  type QuestionFigures,
} from '../../protocol/evaluation.ts';
import { parseArguments } from '../arguments.ts';
import { textTable } from '../evaluation/table.ts';
import { readText, writeJson } from '../json-files.ts';
import type { Runner } from '../runner.ts';

const spec = { samples: 'required', k: 'optional', against: 'optional', out: 'required' } as const;

const NOTES = {
  ties: 'Of answers that tie for the most votes each counts the same: maj is the share of them that is right, and tied their number. What could not be read is no vote.',
  pass_at:
    '1 - C(n-c, k) / C(n, k), in whole numbers; null for n < k, and for a group as soon as one of its questions has fewer than k samples.',
  against:
    'avg of this file minus avg of the other, question by question; p of the exact two-sided sign test over the questions that differ.',
  all: 'Means over the questions of all languages, each question counting the same.',
  interval: `Percentiles 2.5 and 97.5 of the means of ${BOOTSTRAP_DRAWS} resampled sets of questions, seed ${BOOTSTRAP_SEED}.`,
};

export async function score(argv: readonly string[], { print }: Pick<Runner, 'print'>): Promise<void> {
  const args = parseArguments('score', argv, spec);
  const ks = sizesOf(args.k ?? '1');
  const figures = await figuresOfFile(args.samples, ks);
  const against = args.against === undefined ? null : comparePaired(figures, await figuresOfFile(args.against, ks));
  if (against?.all.questions === 0)
    throw new MotherTongueError(
      'FileError',
      `${args.against} has no question of ${args.samples} that both score; give answers to the same questions.`,
    );
  writeJson(args.out, {
    questions: Object.fromEntries(figures.questions.map((question) => [questionKey(question), questionOf(question)])),
    languages: Object.fromEntries(Object.entries(figures.languages).map(([name, group]) => [name, groupOf(group)])),
    all: groupOf(figures.all),
    ...(against && {
      against: {
        file: args.against,
        languages: Object.fromEntries(Object.entries(against.languages).map(([name, paired]) => [name, pairedOf(paired)])),
        all: pairedOf(against.all),
        unpaired: against.unpaired,
      },
    }),
    notes: NOTES,
  });
  print(tableOf(`${figures.all.samples} answers to ${figures.questions.length} questions`, figures));
}

async function figuresOfFile(path: string, ks: readonly number[]): Promise<Figures> {
  const { answers, problems } = await readSamples(readText(path));
  throwProblems('FileError', `${path} cannot be scored`, problems, 'Mend these lines, or take them out.');
  return figuresOf(answers, ks);
}

function sizesOf(text: string): number[] {
  const ks = text.split(',').map((one) => (/^\s*\d+\s*$/.test(one) ? Number(one) : Number.NaN));
  if (ks.every((k) => Number.isSafeInteger(k) && k >= 1 && k <= 1_000_000)) return [...new Set(ks)];
  throw new MotherTongueError(
    'SettingsError',
    `--k is ${JSON.stringify(text)} and must be whole numbers from 1 on with commas between, such as 1,2,4.`,
  );
}

/** Texts only where a language was asked for, tokens and seconds only where the file has them. */
function questionOf({ language: _, question: __, thought, answer, tokens, seconds, ...counted }: QuestionFigures): object {
  return {
    ...counted,
    ...(thought.share !== null && { thought }),
    ...(answer.share !== null && { answer }),
    ...(tokens !== null && { tokens }),
    ...(seconds !== null && { seconds }),
  };
}

/** The means under their names, and under the same names in `low` and `high` the ends of their intervals. */
function groupOf(group: GroupFigures): object {
  const { questions, unscored, samples } = group;
  return { questions, unscored, samples, ...valuesOf(group, 'mean'), low: valuesOf(group, 'low'), high: valuesOf(group, 'high') };
}

function valuesOf({ thought, answer, tokens, seconds, ...group }: GroupFigures, end: keyof Estimate): object {
  const each = (figures: object) => Object.fromEntries(Object.entries(figures).map(([name, one]: [string, Estimate]) => [name, one[end]]));
  const { avg, maj, parsed, accuracy_given_parsed, pass_at } = group;
  return {
    ...each({ avg, maj, parsed, accuracy_given_parsed }),
    pass_at: each(pass_at),
    ...(thought.share.mean !== null && { thought: each(thought) }),
    ...(answer.share.mean !== null && { answer: each(answer) }),
    ...(tokens.mean !== null && { tokens: tokens[end] }),
    ...(seconds.mean !== null && { seconds: seconds[end] }),
  };
}

const pairedOf = ({ difference, ...paired }: PairedFigures): object => ({
  ...paired,
  difference: difference.mean,
  low: difference.low,
  high: difference.high,
});

function tableOf(title: string, { languages, all }: Figures): string {
  const percent = ({ mean }: Estimate): string => (mean === null ? '-' : (100 * mean).toFixed(1));
  const ends = ({ low, high }: Estimate): string =>
    low === null || high === null ? '-' : `${(100 * low).toFixed(1)}-${(100 * high).toFixed(1)}`;
  const cells = ({ questions, avg, maj, parsed }: GroupFigures) => ({
    questions,
    avg: percent(avg),
    '95 %': ends(avg),
    maj: percent(maj),
    parsed: percent(parsed),
  });
  const groups = Object.entries({ ...languages, all }).map(([name, group]) => [name, cells(group)] as const);
  return textTable(title, ['questions', 'avg', '95 %', 'maj', 'parsed'], Object.fromEntries(groups));
}
