/**
 * TRL's `accuracy_reward` (1.16.0, with math_verify 0.8.0), imitated for people who compare: which part of the text it takes, what it reads there and what it
 * calls equal, mistakes included. The other judge (../index.ts) is the one to train with.
 */

import { refill } from '../effort.ts';
import { readFormula } from '../formula.ts';
import type { Judgement } from '../index.ts';
import { sameAsTrl } from './compare.ts';
import { type Match, matchesInCompletion, matchesInGold } from './find.ts';
import { normalize } from './normalize.ts';
import { plainNumber } from './number.ts';
import { hundredth, readTrl, type TrlValue } from './read.ts';

/** What a text was read as: a value, and the text it came from, which is compared too. */
interface Parsed {
  readonly value: TrlValue | null;
  readonly text: string;
}

/** Answers end texts; of a longer one, the end is read. */
const LONGEST = 20_000;
const LONGEST_GOLD = 2000;

export function judgeAsTrl(completion: string, solution: unknown): Judgement {
  refill();
  const gold =
    typeof solution === 'string'
      ? parseGold(solution.slice(0, LONGEST_GOLD))
      : typeof solution === 'number'
        ? parseGold(String(solution))
        : null;
  if (!gold) return { value: null, parsed: null, why: 'TRL cannot read the solution, so it gives no reward.' };
  const answer = parseCompletion(completion.slice(-LONGEST));
  if (!answer) return { value: 0, parsed: null, why: 'TRL finds no box, and no LaTeX behind the word "answer".' };
  const right =
    gold.text.trim() === answer.text.trim() && gold.text.trim() !== ''
      ? true
      : gold.value !== null && answer.value !== null && sameAsTrl(gold.value, answer.value);
  const unread = answer.value === null ? ', which it cannot read' : '';
  return { value: right ? 1 : 0, parsed: answer.text, why: `TRL takes "${answer.text}"${unread}, and of the solution "${gold.text}".` };
}

/** The first match counts, whatever comes of it. */
function parseCompletion(text: string): Parsed | null {
  for (const group of matchesInCompletion(text)) {
    const [best] = group;
    if (!best) continue;
    const found = parsed(best, false);
    return found.text === '' && found.value === null ? null : found;
  }
  return null;
}

/** The first match that can be read counts; the text of the first match is kept beside it. */
function parseGold(text: string): Parsed | null {
  let first: string | null = null;
  for (const group of matchesInGold(text)) {
    for (const match of group) {
      const found = parsed(match, true);
      if (first === null && found.text !== '') first = found.text;
      if (found.value) return { value: found.value, text: first ?? found.text };
    }
  }
  return first === null ? null : { value: null, text: first };
}

function parsed(match: Match, repair: boolean): Parsed {
  if (match.kind === 'number') {
    const value = plainNumber(match.text);
    return { value: match.percent ? hundredth(value) : value, text: match.text };
  }
  if (match.kind === 'expression') return { value: ofPython(match.text), text: match.text };
  const parts = match.parts.map(({ latex, percent }) => {
    const text = normalize(latex, { boxes: match.box ? 'last' : 'all', repair });
    const value = readTrl(lastEquation(text));
    return { text, value: percent ? hundredth(value) : value };
  });
  const values = parts.map(({ value }) => value);
  if (parts.length > 1 && values.every((value) => value !== null)) {
    const members = (values as TrlValue[]).flatMap((value) => (value.kind === 'set' ? value.members : [value]));
    return { value: { kind: 'set', members }, text: parts.map(({ text }) => text).join(' and ') };
  }
  return { value: parts[0]!.value, text: parts[0]!.text };
}

/** Where the whole cannot be read, the end of a chain of equations may. */
function lastEquation(text: string): string {
  if (/[,;]/.test(text) || readTrl(text)) return text;
  const sides = text.split(/(?<![\\<!>])=/);
  return sides.length > 2 ? sides.at(-1)! : text;
}

/** Sums as Python reads them: no number with a zero in front, none beside another. */
function ofPython(text: string): TrlValue | null {
  if (/[×÷]|(?<![\d.])0\d|\d\s+\d|\d\s*\(|\)\s*[\d(]/.test(text)) return null;
  const tree = readFormula(
    text
      .replaceAll('**', '^')
      .replaceAll('*', '\\cdot ')
      .replaceAll(/\^\s*(-?\d+)/g, '^{$1}')
      .replaceAll('\n', ' '),
  );
  return tree && { kind: 'scalar', tree, atom: /^\s*-?\d+\s*\/\s*\d+\s*$/.test(text) ? 'exact' : null };
}
