/**
 * How much of a reply is in the languages asked for; and those that it may be in beside them: the question's, those asked for in other columns, and the
 * dataset's.
 */
import { languageOf, languageShare } from '../../lib/language/index.ts';
import type { AskColumn, AskRequest, ColumnState } from '../../protocol/generation.ts';
import type { EngineState } from './engine-state.ts';

/** More cannot be told apart, and few datasets have them. */
const MOST = 60;

export async function inQuestion(engine: EngineState, question: string, asked: readonly (string | null)[]): Promise<string[]> {
  const own = await languageOf(question);
  const dataset = Object.keys(engine.data?.dataset.summary().languages ?? {}).slice(0, MOST);
  return [...(own === null ? [] : [own]), ...asked.filter((language) => language !== null), ...dataset];
}

type Asked = Pick<AskColumn, 'reasoning_language' | 'answer_language'>;

export function languagesOf({ reasoning_language, answer_language }: Asked): string[] {
  return [reasoning_language, answer_language].filter((language) => language !== null && language !== undefined);
}

type Adherence = Partial<Pick<ColumnState, 'share' | 'unjudged' | 'answer_share' | 'answer_unjudged'>>;

/** Of a reply that has ended; nothing is said of what no language was asked for. */
export async function replyAdherence(
  { thinking, content }: Pick<ColumnState, 'thinking' | 'content'>,
  { reasoning_language, answer_language }: Asked,
  among: readonly string[],
): Promise<Adherence> {
  const thought = reasoning_language === null ? {} : await languageShare(thinking, reasoning_language, among);
  if (answer_language === undefined) return thought;
  const { share: answer_share, unjudged: answer_unjudged } = await languageShare(content, answer_language, among);
  return { ...thought, answer_share, ...(answer_unjudged && { answer_unjudged }) };
}

export function questionOf({ conversation }: AskRequest): string {
  return conversation.messages.at(-1)?.content ?? '';
}
