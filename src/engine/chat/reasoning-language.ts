/**
 * The `reasoning language: X` line, where the published recipe puts it: first line of a system message at index 0. A conversation carries
 * it, so no chat format knows of it; Harmony renders it into the developer message under "# Instructions". Other instructions are kept below it,
 * after an empty line, as Multilingual-Thinking does.
 */
import type { Conversation, Message } from '../../protocol/conversation.ts';
import { findLanguageLine, isInstruction, statedLanguage } from '../data/stated-language.ts';

/** The same conversation asking for `language`; a line that is already there is replaced, never doubled. */
export function withReasoningLanguage(conversation: Conversation, language: string): Conversation {
  const line = `reasoning language: ${language}`;
  const [first, ...rest] = conversation.messages;
  if (!first || !isInstruction(first)) {
    const system: Message = { role: 'system', content: line };
    return { ...conversation, reasoning_language: language, messages: [system, ...conversation.messages] };
  }
  const instructions = first.content ?? '';
  const standing = findLanguageLine(instructions);
  const others = standing ? instructions.slice(0, standing.start) + instructions.slice(standing.end) : instructions;
  const content = others.trim() === '' ? line : `${line}\n\n${others}`;
  return { ...conversation, reasoning_language: language, messages: [{ ...first, content }, ...rest] };
}

/** For training rows: the row's own language in front, unless its messages state one already. */
export function withOwnReasoningLanguage(conversation: Conversation): Conversation {
  const language = conversation.reasoning_language;
  return language === undefined || statedLanguage(conversation) !== null ? conversation : withReasoningLanguage(conversation, language);
}
