/**
 * A row that brings its completion -> what rewards see of it: for the headless verb and the page's try-out. `completion` with thoughts included, or
 * `reasoning` and `answer` where they are apart already. What cannot be read is a clause, and the other rows go on.
 */

import type { RewardRow } from '../../protocol/rewards.ts';
import { isRecord, show } from '../../protocol/rules.ts';
import { replyReaders } from '../chat/index.ts';
import type { Sample } from './reward.ts';

/** A sample, or a clause that completes "Row 3 ...". */
export type ReadRow = { readonly sample: Sample } | { readonly problem: string };

const TEXTS = ['completion', 'reasoning', 'answer', 'question', 'language', 'reasoning_language', 'answer_language'] as const;

export function readRow(raw: unknown): ReadRow {
  if (!isRecord(raw)) return { problem: 'is no JSON object' };
  const has = (name: string) => raw[name] !== undefined && raw[name] !== null;
  const whole = has('completion');
  // Beside a completion, `answer` is the solution, which may be a number.
  const wrong = TEXTS.find((name) => has(name) && typeof raw[name] !== 'string' && !(whole && name === 'answer'));
  if (wrong) return { problem: `has ${wrong} ${show(raw[wrong])}, which is no text` };
  if (!whole && !has('answer') && !has('reasoning')) return { problem: 'has no completion, and no reasoning with an answer' };
  const tests = testsOf(raw.tests);
  if (tests === null) return { problem: `has tests ${show(raw.tests)}, which are no list of texts` };
  const opens = raw.prompt_opens_think === true;
  const text = (name: string): string => (typeof raw[name] === 'string' ? raw[name] : '');
  const parts = whole ? splitCompletion(text('completion'), opens) : { reasoning: text('reasoning'), answer: text('answer') };
  return {
    sample: {
      completion: whole ? text('completion') : asCompletion(parts.reasoning, parts.answer),
      ...parts,
      ids: idsOf(raw.completion_ids),
      finished: raw.finish_reason !== 'length',
      prompt_opens_think: opens,
      row: rowOf(raw, whole, tests),
    },
  };
}

function rowOf(raw: Readonly<Record<string, unknown>>, whole: boolean, tests: readonly string[]): RewardRow {
  const gold = [raw.gold, ...(whole ? [raw.answer] : []), raw.solution, raw.final].find((one) => one !== undefined && one !== null);
  const given = {
    question: raw.question,
    language: raw.language,
    reasoning_language: raw.reasoning_language,
    answer_language: raw.answer_language,
  };
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => typeof value === 'string')),
    ...(gold !== undefined && { gold: goldText(gold) }),
    ...(tests.length > 0 && { tests }),
    columns: raw,
  };
}

/** Numbers and lists as JSON writes them. */
function goldText(gold: unknown): string {
  if (typeof gold === 'string') return gold;
  if (typeof gold === 'bigint' || gold instanceof Number) return String(gold);
  return JSON.stringify(gold, (_, value) => (typeof value === 'bigint' ? Number(value) : value)) ?? '';
}

function testsOf(tests: unknown): readonly string[] | null {
  if (tests === undefined || tests === null) return [];
  if (typeof tests === 'string') return [tests];
  return Array.isArray(tests) && tests.every((one) => typeof one === 'string') ? tests : null;
}

function idsOf(ids: unknown): readonly number[] | null {
  return Array.isArray(ids) && ids.every((id) => Number.isSafeInteger(id)) ? ids : null;
}

/** Thought and answer as most models write them. */
export function asCompletion(reasoning: string, answer: string): string {
  return `<think>\n${reasoning}\n</think>\n\n${answer}`;
}

/** The answer begins after the last closing tag, whatever was opened: a box in front of it is part of the thought. */
export function splitCompletion(completion: string, promptOpens: boolean): { reasoning: string; answer: string } {
  if (completion.includes('<|channel|>')) {
    const { thinking, content } = replyReaders.harmony(completion);
    return { reasoning: thinking, answer: content };
  }
  const close = completion.lastIndexOf('</think>');
  const { thinking, content } = replyReaders.think(completion, promptOpens || (close >= 0 && !/^\s*<think>/.test(completion)));
  if (!content.includes('</think>')) return { reasoning: thinking, answer: content };
  return {
    reasoning: completion
      .slice(0, close)
      .replace(/^\s*<think>/, '')
      .trim(),
    answer: completion.slice(close + '</think>'.length).trim(),
  };
}
