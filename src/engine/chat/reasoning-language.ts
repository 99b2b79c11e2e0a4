/**
 * The `reasoning language: X` line, where the published recipe puts it: first line of a system message at index 0, which the template renders
 * into the developer message under "# Instructions". Other developer text is kept below it, after an empty line, as Multilingual-Thinking does.
 */
import type { Conversation, Message } from '../../protocol/conversation.ts';

const LINE = /^[ \t]*reasoning language:[ \t]*(.*?)[ \t]*(?:\r?\n(?:[ \t]*\r?\n)*|$)/im;

/** The language a conversation asks for in its own words, or null. */
export function statedLanguage(conversation: Conversation): string | null {
  const first = conversation.messages[0];
  if (!first || !isInstruction(first)) return null;
  return LINE.exec(first.content ?? '')?.[1] || null;
}

/** The same conversation asking for `language`; a line that is already there is replaced, never doubled. */
export function withReasoningLanguage(conversation: Conversation, language: string): Conversation {
  const line = `reasoning language: ${language}`;
  const [first, ...rest] = conversation.messages;
  if (!first || !isInstruction(first)) {
    const system: Message = { role: 'system', content: line };
    return { ...conversation, reasoning_language: language, messages: [system, ...conversation.messages] };
  }
  const others = (first.content ?? '').replace(LINE, '');
  const content = others.trim() === '' ? line : `${line}\n\n${others}`;
  return { ...conversation, reasoning_language: language, messages: [{ ...first, content }, ...rest] };
}

function isInstruction(message: Message): boolean {
  return message.role === 'system' || message.role === 'developer';
}
