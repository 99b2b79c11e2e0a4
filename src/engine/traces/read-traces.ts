/**
 * Answers that are there already, one JSON object a line, as traces: `question`, `completion` with its thought (or `reasoning` and `answer`), `gold`,
 * `language`, `finish_reason`. The language counts for thought and answer unless `reasoning_language` and `answer_language` say otherwise.
 */

import { isRecord, own, textOf } from '../data/fields.ts';
import { readJsonValue } from '../data/json-value.ts';
import { readRow } from '../rewards/read-row.ts';
import type { Sample } from '../rewards/reward.ts';
import type { MadeAnswer } from './judge-trace.ts';
import type { TraceRow } from './trace-rows.ts';

export interface ReadTrace extends MadeAnswer {
  /** The line's own name, else its number. */
  readonly id: string;
}

export interface ReadTraces {
  readonly traces: readonly ReadTrace[];
  /** Clauses such as "line 3 has no question". */
  readonly problems: readonly string[];
}

/** Answers to one question in one language are one row. */
export function readTraces(text: string): ReadTraces {
  const problems: string[] = [];
  const traces: ReadTrace[] = [];
  const rows = new Map<string, { row: TraceRow; samples: number }>();
  for (const [at, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (line.trim() === '') continue;
    const read = readLine(line);
    if (typeof read === 'string') problems.push(`line ${at + 1} ${read}`);
    else {
      const { id, seen, stop, row } = read;
      const key = JSON.stringify([row.question, row.gold, row.reasoning_language, row.answer_language]);
      const known = rows.get(key) ?? { row: { ...row, row: rows.size + 1 }, samples: 0 };
      rows.set(key, known);
      const sample = known.samples++;
      traces.push({ id: id ?? String(at + 1), row: known.row, sample, seed: 0, seen, stop, tokens: seen.ids?.length ?? 0, seconds: 0 });
    }
  }
  if (traces.length === 0 && problems.length === 0) problems.push('it has no rows');
  return { traces, problems };
}

interface ReadLine {
  readonly id: string | undefined;
  readonly seen: Sample;
  readonly stop: MadeAnswer['stop'];
  readonly row: Omit<TraceRow, 'row'>;
}

/** A clause that completes "line 3 ...". */
function readLine(line: string): ReadLine | string {
  const reading = readJsonValue(line);
  if ('fault' in reading) return reading.fault;
  const raw = reading.value;
  if (!isRecord(raw)) return 'is no JSON object';
  const question = textOf(own(raw, 'question'));
  if (question === undefined || question.trim() === '') return 'has no question';
  const read = readRow({ ...raw, ...languagesOf(raw) });
  if ('problem' in read) return read.problem;
  const { sample } = read;
  const { gold, reasoning_language = null, answer_language = null } = sample.row;
  const finish = textOf(own(raw, 'finish_reason'));
  if (finish !== undefined && !FINISHES.includes(finish)) return `has finish_reason ${JSON.stringify(finish)}; it is stop or length`;
  return {
    id: textOf(own(raw, 'id')),
    seen: { ...sample, answer: withoutStop(sample.answer) },
    stop: finish === 'length' || finish === 'max_tokens' ? 'length' : 'eos',
    row: {
      asked: { messages: [{ role: 'user', content: question }] },
      ...{ question, gold: gold ?? null, reasoning_language, answer_language, columns: raw },
    },
  };
}

/** As servers spell them. */
const FINISHES = ['stop', 'eos', 'eos_token', 'end_turn', 'length', 'max_tokens'];

function languagesOf(raw: Readonly<Record<string, unknown>>): object {
  const language = own(raw, 'language');
  if (typeof language !== 'string') return {};
  return { reasoning_language: own(raw, 'reasoning_language') ?? language, answer_language: own(raw, 'answer_language') ?? language };
}

/** The text of the token that ended it is no part of an answer. */
function withoutStop(answer: string): string {
  const text = answer.trimEnd();
  const stop = STOP.exec(text.slice(-LONGEST_STOP))?.[0];
  return stop === undefined ? text : withoutStop(text.slice(0, -stop.length));
}

const LONGEST_STOP = 48;
const STOP = /(?:<\|[^|<>\s]{1,40}\|>|<\/s>|<end_of_turn>|<｜end▁of▁sentence｜>)$/u;
