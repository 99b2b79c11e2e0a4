/**
 * The language that a row's last answer is in: what the row says or, where it says nothing, what its text is written in. That is its reasoning language
 * where all of the answer passes for it, since detectors alone mix up close languages and know only some; else what they are sure of.
 */
import { ELD_CODES, loadEld } from '../../lib/language/detectors.ts';
import { languageName, languageOf, languageShare } from '../../lib/language/index.ts';
import { offeredLanguages } from '../../lib/language/languages.ts';
import type { Conversation } from '../../protocol/conversation.ts';

/** Characters; more tell nothing new. */
const ENOUGH = 400;

/** A score of eld that texts in languages which it does not know stay below. */
const CLEAR = 0.73;

/** Offered languages that eld does not know. */
const OTHERS = offeredLanguages.flatMap(({ code }) => (ELD_CODES.has(code) ? [] : [code]));

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
  if (code === null) return null;
  // Where nothing else is named, eld takes Swahili for Tagalog: it does not know the one.
  const clear = ((await loadEld())(text)[code] ?? 0) >= CLEAR || ((await languageShare(text, code, OTHERS)).share ?? 0) >= 0.5;
  return clear ? languageName(code) : null;
}
