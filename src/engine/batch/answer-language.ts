/**
 * The language that a row's last answer is in: what the row says or, where it says nothing, what its text is written in. That is its reasoning language
 * where all of the answer passes for it, since detectors alone mix up close languages and know only some; else what they are sure of.
 */
import { languageName, languageOf, languageShare } from '../../lib/language/index.ts';
import type { Conversation } from '../../protocol/conversation.ts';

/** Characters; more tell nothing new. */
const ENOUGH = 1000;

/** Unchanged where the answer is a number, code or a word or two: then no language is asked for. */
export async function withAnswerLanguage(conversation: Conversation): Promise<Conversation> {
  if (conversation.answer_language !== undefined) return conversation;
  const answer = conversation.messages.findLast(({ role }) => role === 'assistant')?.content ?? '';
  const answer_language = await writtenIn(answer.slice(0, ENOUGH), conversation.reasoning_language);
  return answer_language === null ? conversation : { ...conversation, answer_language };
}

async function writtenIn(text: string, reasoning: string | undefined): Promise<string | null> {
  if (reasoning !== undefined && (await languageShare(text, reasoning)).share === 1) return reasoning;
  const code = await languageOf(text);
  return code === null ? null : languageName(code);
}
