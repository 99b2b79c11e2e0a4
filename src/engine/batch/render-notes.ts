/**
 * What the template does with a row that its author may not expect, read off the rendered pieces, whatever the format: reasoning that is left out,
 * an empty think block that is learned, an answer that is cut in two, an end that is not learned. Each is a bit, so that a row keeps them in one
 * number; said once for a dataset.
 */
import type { Conversation, Message, Segment } from '../../protocol/conversation.ts';
import type { ProblemKind } from '../../protocol/dataset.ts';
import type { TextModel } from '../chat/open-text.ts';
import { isBlank } from '../data/fields.ts';

interface Note {
  readonly bit: number;
  readonly kind: ProblemKind;
  /** After "Row 7 ". */
  readonly rest: string;
  /** Said only where the template's marks choose what trains. */
  readonly ofMarks?: true;
}

const DROPS: Note = {
  bit: 1,
  kind: 'dropped-thinking',
  rest: 'has reasoning that the chosen template leaves out before the last answer; prefix-preserving trains it',
};
const NO_PLACE: Note = {
  bit: 2,
  kind: 'dropped-thinking',
  rest: 'has reasoning, for which this model’s template has no place; it is left out unless "Reasoning in rows" is think',
};
const EMPTY_THOUGHT: Note = {
  bit: 4,
  kind: 'empty-thought',
  rest: 'has an answer without reasoning, before which the template writes an empty think block that is learned too',
};
const CUT_ANSWER: Note = {
  bit: 8,
  kind: 'cut-answer',
  rest: 'has an answer that mentions </think>, at which the template cuts it in two; write the tag otherwise',
};
const STOP: Note = {
  bit: 16,
  kind: 'untrained-stop',
  rest: 'has an answer whose stop token is outside the template’s marks, so that ending it is not learned; turn assistant_only_loss off, or move the mark',
  ofMarks: true,
};
const UNMARKED: Note = {
  bit: 32,
  kind: 'untrained-answer',
  rest: 'has an answer outside the template’s marks, so that it is not learned; turn assistant_only_loss off, or choose another template',
  ofMarks: true,
};

export const NOTES: readonly Note[] = [DROPS, NO_PLACE, EMPTY_THOUGHT, CUT_ANSWER, STOP, UNMARKED];

/** The bits of a row. `deliberate`: answers without reasoning are asked for. */
export function notesOf(
  { messages }: Conversation,
  segments: readonly Segment[],
  { tokenizer, format }: TextModel,
  deliberate: boolean,
): number {
  let bits = 0;
  const answers = [...messages.entries()].filter(([, { role }]) => role === 'assistant');
  const pieces = new Map<number, Segment[]>();
  for (const segment of segments) {
    const own = pieces.get(segment.message);
    if (own) own.push(segment);
    else pieces.set(segment.message, [segment]);
  }
  const marks = segments.some(({ assistant }) => assistant);
  for (const [index, message] of answers) {
    const own = pieces.get(index) ?? [];
    const written = own.map(({ text }) => text).join('');
    if (!isBlank(message.thinking) && !own.some(({ channel }) => channel === 'analysis')) {
      bits |= format.keepsThinking('hf') ? DROPS.bit : NO_PLACE.bit;
    }
    if (!deliberate && isBlank(message.thinking) && /<think>\s*<\/think>/.test(written) && !hasTag(message)) bits |= EMPTY_THOUGHT.bit;
    if (isBlank(message.thinking) && hasTag(message) && !written.includes(message.content!.trim())) bits |= CUT_ANSWER.bit;
    if (marks && message.trains !== false && !isBlank(message.content) && !own.some(({ assistant }) => assistant)) bits |= UNMARKED.bit;
  }
  const stops = segments.some(
    ({ special, assistant, text }, i) =>
      special && !assistant && segments[i - 1]?.assistant && tokenizer.eosIds.includes(tokenizer.specialId(text)),
  );
  return stops ? bits | STOP.bit : bits;
}

function hasTag({ content }: Message): boolean {
  return content?.includes('</think>') === true;
}
