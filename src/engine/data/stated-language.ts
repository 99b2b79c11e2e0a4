/**
 * The lines `reasoning language: X` and `answer language: X` that a conversation's first message may carry (the recipe's way of asking). Read here for
 * datasets; written by `chat/asked-languages.ts`. Found by a scan: as a regular expression a line took cubic time on long runs of spaces.
 */
import type { Conversation, Message } from '../../protocol/conversation.ts';

export interface LanguageLine {
  language: string;
  /** The line in the text, with the empty lines after it. */
  start: number;
  end: number;
}

/** In the order in which they are written; named as the conversation's fields are. */
export const LANGUAGE_LINES = ['reasoning_language', 'answer_language'] as const;
export type LanguageLineKind = (typeof LANGUAGE_LINES)[number];

/** The first line `reasoning language: X` (or `answer language: X`) of a text, or null. */
export function findLanguageLine(text: string, kind: LanguageLineKind = 'reasoning_language'): LanguageLine | null {
  const label = kind === 'reasoning_language' ? /reasoning language:/gi : /answer language:/gi;
  for (let hit = label.exec(text); hit; hit = label.exec(text)) {
    let start = hit.index;
    while (start > 0 && isBlankCharacter(text[start - 1])) start--;
    if (start > 0 && !isLineEnd(text[start - 1])) continue;
    let lineEnd = label.lastIndex;
    while (lineEnd < text.length && !isLineEnd(text[lineEnd])) lineEnd++;
    return { language: trimBlanks(text, label.lastIndex, lineEnd), start, end: skipEmptyLines(text, lineEnd) };
  }
  return null;
}

/** The language that a conversation's first message requests of the reasoning, or of the answer; or null. */
export function statedLanguage(conversation: Conversation, kind: LanguageLineKind = 'reasoning_language'): string | null {
  const first = conversation.messages[0];
  if (!first || !isInstruction(first)) return null;
  return findLanguageLine(first.content ?? '', kind)?.language || null;
}

export function isInstruction(message: Message): boolean {
  return message.role === 'system' || message.role === 'developer';
}

function trimBlanks(text: string, from: number, to: number): string {
  let [start, end] = [from, to];
  while (start < end && isBlankCharacter(text[start])) start++;
  while (end > start && isBlankCharacter(text[end - 1])) end--;
  return text.slice(start, end);
}

/** Position after the line break at `from` and the empty lines that follow it. */
function skipEmptyLines(text: string, from: number): number {
  let end = afterBreak(text, from);
  if (end === from) return from;
  for (let at = end; ; end = at) {
    while (isBlankCharacter(text[at])) at++;
    const next = afterBreak(text, at);
    if (next === at) return end;
    at = next;
  }
}

/** Position after a line break at `at`; `at` itself where there is none. */
function afterBreak(text: string, at: number): number {
  if (text[at] === '\n') return at + 1;
  return text[at] === '\r' && text[at + 1] === '\n' ? at + 2 : at;
}

function isBlankCharacter(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

function isLineEnd(character: string | undefined): boolean {
  return character === '\n' || character === '\r' || character === '\u2028' || character === '\u2029';
}
