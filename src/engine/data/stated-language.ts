/**
 * The `reasoning language: X` line that a conversation's first message may carry (the recipe's way of asking). Read here for datasets; written
 * by `chat/reasoning-language.ts`.
 */
import type { Conversation, Message } from '../../protocol/conversation.ts';

export const REASONING_LANGUAGE_LINE = /^[ \t]*reasoning language:[ \t]*(.*?)[ \t]*(?:\r?\n(?:[ \t]*\r?\n)*|$)/im;

/** The language that a conversation's first message requests, or null. */
export function statedLanguage(conversation: Conversation): string | null {
  const first = conversation.messages[0];
  if (!first || !isInstruction(first)) return null;
  return REASONING_LANGUAGE_LINE.exec(first.content ?? '')?.[1] || null;
}

export function isInstruction(message: Message): boolean {
  return message.role === 'system' || message.role === 'developer';
}
