/** The languages that a thought may be in beside the one asked for: the question's, those asked for beside it, and the dataset's. */
import { languageOf } from '../../lib/language/index.ts';
import type { AskRequest } from '../../protocol/generation.ts';
import type { EngineState } from './engine-state.ts';

/** More cannot be told apart, and few datasets have them. */
const MOST = 60;

export async function inQuestion(engine: EngineState, question: string, asked: readonly (string | null)[]): Promise<string[]> {
  const own = await languageOf(question);
  const dataset = Object.keys(engine.data?.dataset.summary().languages ?? {}).slice(0, MOST);
  return [...(own === null ? [] : [own]), ...asked.filter((language) => language !== null), ...dataset];
}

export function questionOf({ conversation }: AskRequest): string {
  return conversation.messages.at(-1)?.content ?? '';
}
