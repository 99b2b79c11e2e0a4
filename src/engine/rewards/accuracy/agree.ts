/**
 * Votes: which of several answers say the same, by the judge's own readings and without a gold. Answers that agree with a common third are one answer,
 * so that the groups do not depend on the order of the answers.
 */
import { same } from './compare.ts';
import { refill } from './effort.ts';
import { readOption } from './option.ts';
import { readings } from './read.ts';
import { toPlain } from './unicode.ts';
import type { Option, Value } from './value.ts';
import { plainText } from './words.ts';

interface Answer {
  readonly words: string;
  readonly values: readonly Value[];
  readonly option: Option | null;
}

export interface AgreeOptions {
  readonly language?: string | undefined;
  /** Values as a program wrote them, not answers of a text. */
  readonly machine?: boolean;
}

/** For every text the number of its group; equal numbers are one answer. */
export function groupAnswers(texts: readonly string[], { language, machine = false }: AgreeOptions = {}): number[] {
  const distinct = [...new Set(texts)].sort();
  const answers = distinct.map((text) => readAnswer(text, language, machine));
  let group = answers.map((_, at) => at);
  answers.forEach((answer, at) => {
    for (let before = 0; before < at; before++) {
      const [from, to] = [group[at]!, group[before]!];
      if (from !== to && agree(answers[before]!, answer)) group = group.map((one) => (one === from ? to : one));
    }
  });
  const place = new Map(distinct.map((text, at) => [text, group[at]!]));
  return texts.map((text) => place.get(text)!);
}

function readAnswer(text: string, language: string | undefined, machine: boolean): Answer {
  refill();
  const plain = toPlain(text).trim();
  return { words: plainText(plain) || plain, values: readings(plain, language, machine), option: readOption(plain) };
}

function agree(one: Answer, other: Answer): boolean {
  if (one.words === other.words) return true;
  if (one.option && other.option) return one.option.letter === other.option.letter;
  refill();
  return one.values.some((value) => other.values.some((answer) => same(value, answer) || same(answer, value)));
}
