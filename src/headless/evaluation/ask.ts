/** Many questions in batches that decode together; the order of the replies is that of the questions. */

import type { TextModel } from '../../engine/chat/open-text.ts';
import { promptOf } from '../../engine/chat/prompt.ts';
import { type AnsweringModel, type AnswerOptions, answer, type Reply } from '../../engine/generate/answer.ts';
import type { Message } from '../../protocol/conversation.ts';
import type { Runner } from '../runner.ts';

export interface Asked {
  readonly messages: readonly Message[];
  /** Name of the language to reason in; null asks for none. */
  readonly reasoning_language: string | null;
}

export interface AskOptions extends Pick<AnswerOptions, 'sampling' | 'adapter'> {
  readonly date: string;
  readonly batch: number;
}

export async function askAll(
  model: AnsweringModel & TextModel,
  questions: readonly Asked[],
  { date, batch, ...options }: AskOptions,
  runner: Runner,
): Promise<Reply[]> {
  const prompts = questions.map(({ messages, reasoning_language }) => ({
    ids: promptOf(model, { messages: [...messages] }, { date, reasoning_language }),
  }));
  let done = 0;
  const onUpdate: AnswerOptions['onUpdate'] = (_, { stop }) => {
    if (stop !== null && (++done % batch === 0 || done === prompts.length)) runner.note(`${done} of ${prompts.length} questions`);
  };
  return answer(model, prompts, { ...options, batch, signal: runner.signal, onUpdate });
}
