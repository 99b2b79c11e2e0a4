/**
 * Answers that came from elsewhere, one JSON object a line, judged: {language, question, gold, sample, answer | completion}. Where another judge spoke,
 * `right` is used as it is, and votes go by its `value`. Every line that cannot be used is a clause with its number; then nothing is scored.
 */
import { adherenceOf } from '../../lib/language/adherence.ts';
import { shown } from '../../lib/shown.ts';
import type { JudgedAnswer, TextAdherence } from '../../protocol/evaluation.ts';
import { isRecord, own, type Row, textOf } from '../data/fields.ts';
import { readJsonValue } from '../data/json-value.ts';
import { splitCompletion } from '../rewards/read-row.ts';
import { judgeText } from './judge-reply.ts';
import { questionKey } from './score.ts';

export interface ReadSamples {
  readonly answers: readonly JudgedAnswer[];
  /** Clauses such as "line 3 has no language". */
  readonly problems: readonly string[];
}

interface SampleRow {
  readonly line: number;
  readonly row: Row;
  readonly language: string;
  readonly question: string;
  readonly gold: string | null;
}

export async function readSamples(text: string): Promise<ReadSamples> {
  const problems: string[] = [];
  const rows = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap((line, at) => (line.trim() === '' ? [] : readLine(line, at + 1, problems)));
  if (rows.length === 0 && problems.length === 0) problems.push('it has no rows');
  agreeOnGolds(rows, problems);
  refuseRepeats(rows, problems);
  if (problems.length > 0) return { answers: [], problems };
  const among = [...new Set(rows.flatMap(({ row, language }) => [language, ...askedFor(row)]))];
  return { answers: await Promise.all(rows.map((row) => judgeRow(row, among))), problems };
}

const askedFor = (row: Row): string[] =>
  [textOf(own(row, 'reasoning_language')), textOf(own(row, 'answer_language'))].filter((one) => one !== undefined);

function readLine(text: string, line: number, problems: string[]): SampleRow[] {
  const refuse = (what: string): [] => {
    problems.push(`line ${line} ${what}`);
    return [];
  };
  const reading = readJsonValue(text);
  if ('fault' in reading) return refuse(reading.fault);
  const row = reading.value;
  if (!isRecord(row)) return refuse('is no JSON object');
  const found = problems.length;
  for (const name of ['language', 'question'] as const) {
    const value = textOf(own(row, name));
    if (own(row, name) === undefined) refuse(`has no ${name}`);
    else if (value === undefined || value.trim() === '') refuse(`has ${name} ${shown(own(row, name))}, which is no text`);
  }
  for (const [name, is] of Object.entries(FIELDS)) {
    const value = own(row, name);
    if (value !== undefined && !is.test(value)) refuse(`has ${name} ${shown(value)}, which is ${is.no}`);
  }
  if (!['answer', 'completion', 'value', 'right'].some((name) => Object.hasOwn(row, name)))
    refuse('has neither answer nor completion, nor the value and right of another judge');
  if (problems.length > found) return [];
  const gold = own(row, 'gold');
  return [
    {
      line,
      row,
      language: textOf(own(row, 'language'))!,
      question: textOf(own(row, 'question'))!,
      gold: gold === undefined ? null : (textOf(gold) ?? JSON.stringify(gold)),
    },
  ];
}

const isText = { test: (value: unknown) => typeof value === 'string', no: 'no text' };
const isValue = { test: (value: unknown) => textOf(value) !== undefined, no: 'neither a text nor a number' };
const isNumber = { test: (value: unknown) => Number.isFinite(Number(value)) && typeof value !== 'boolean', no: 'no number' };

const FIELDS: Readonly<Record<string, { test(value: unknown): boolean; no: string }>> = {
  answer: isValue,
  completion: isText,
  reasoning: isText,
  reasoning_language: isText,
  answer_language: isText,
  value: isValue,
  right: { test: (value) => typeof value === 'boolean', no: 'neither true nor false' },
  gold: { test: (value) => textOf(value) !== undefined || isListOfTexts(value), no: 'neither a text, a number nor a list of those' },
  sample: isValue,
  tokens: isNumber,
  seconds: isNumber,
};

const isListOfTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((one) => textOf(one) !== undefined);

function agreeOnGolds(rows: readonly SampleRow[], problems: string[]): void {
  const first = new Map<string, SampleRow>();
  for (const one of rows) {
    const before = first.get(keyOf(one));
    if (!before) first.set(keyOf(one), one);
    else if (before.gold !== one.gold)
      problems.push(
        `line ${one.line} has another gold for ${questionKey(one)} (${shown(one.gold)}) than line ${before.line} (${shown(before.gold)})`,
      );
  }
}

function refuseRepeats(rows: readonly SampleRow[], problems: string[]): void {
  const lines = new Map<string, number>();
  for (const one of rows) {
    const sample = textOf(own(one.row, 'sample'));
    if (sample === undefined) continue;
    const key = JSON.stringify([keyOf(one), sample]);
    const before = lines.get(key);
    if (before === undefined) lines.set(key, one.line);
    else problems.push(`line ${one.line} repeats sample ${sample} of ${questionKey(one)} (line ${before})`);
  }
}

const keyOf = ({ language, question }: SampleRow): string => JSON.stringify([language, question]);

async function judgeRow({ row, language, question, gold }: SampleRow, among: readonly string[]): Promise<JudgedAnswer> {
  const completion = own(row, 'completion');
  const split = typeof completion === 'string' ? splitCompletion(completion, own(row, 'prompt_opens_think') === true) : null;
  const given = textOf(own(row, 'answer'));
  const answer = given ?? split?.answer;
  const reasoning = textOf(own(row, 'reasoning')) ?? split?.reasoning ?? '';
  const adherence = async (text: string | undefined, asked: string): Promise<TextAdherence | null> => {
    const name = textOf(own(row, asked));
    return name === undefined || text === undefined ? null : adherenceOf(text, name, among);
  };
  return {
    language,
    question,
    ...verdictOf(row, answer, { language, gold }),
    thought: await adherence(reasoning, 'reasoning_language'),
    answered: await adherence(answer, 'answer_language'),
    ...numbers(row),
  };
}

/** What another judge says counts; what it leaves out is ours to judge. `value` null: it could not read the answer. */
function verdictOf(
  row: Row,
  answer: string | undefined,
  { language, gold }: { readonly language: string; readonly gold: string | null },
): Pick<JudgedAnswer, 'parsed' | 'right' | 'value'> {
  const value = textOf(own(row, 'value'));
  const right = own(row, 'right');
  const ended = own(row, 'finish_reason') !== 'length';
  const judged = judgeText(answer ?? value ?? '', gold, language, ended);
  const read = judged.parsed ?? (typeof right === 'boolean' && gold === null && answer?.trim() ? answer : null);
  return {
    parsed: Object.hasOwn(row, 'value') ? (value ?? null) : read,
    right: typeof right === 'boolean' ? right : judged.right,
    ...(value !== undefined && { value }),
  };
}

function numbers(row: Row): Pick<JudgedAnswer, 'tokens' | 'seconds'> {
  const [tokens, seconds] = ['tokens', 'seconds'].map((name) => own(row, name));
  return { ...(tokens !== undefined && { tokens: Number(tokens) }), ...(seconds !== undefined && { seconds: Number(seconds) }) };
}
