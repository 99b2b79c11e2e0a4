/** Many questions through a few columns that decode together, as the page evaluates; the order of the replies is that of the questions. */
import type { AskedLanguages } from '../../engine/chat/asked-languages.ts';
import type { TextModel } from '../../engine/chat/open-text.ts';
import { promptOf } from '../../engine/chat/prompt.ts';
import type { AnswerOptions, Reply } from '../../engine/generate/answer.ts';
import { answerStream } from '../../engine/generate/answer-stream.ts';
import type { Session } from '../../engine/models/session.ts';
import { throwIfCancelled } from '../../lib/cancel.ts';
import type { Message } from '../../protocol/conversation.ts';
import type { Runner } from '../runner.ts';

export interface Asked extends AskedLanguages {
  readonly messages: readonly Message[];
}

export interface AskOptions extends Pick<AnswerOptions, 'sampling' | 'adapter' | 'block'> {
  /** The template variable; absent: the template decides. */
  readonly enable_thinking?: boolean;
  readonly date: string;
  /** Questions that decode together. */
  readonly batch: number;
}

export async function askAll(
  session: Session,
  text: TextModel,
  questions: readonly Asked[],
  { date, batch, enable_thinking, ...options }: AskOptions,
  runner: Runner,
): Promise<Reply[]> {
  const prompts = await Promise.all(
    questions.map(async ({ messages, reasoning_language, answer_language }, salt) => ({
      ids: await promptOf(
        text,
        { messages: [...messages] },
        { date, reasoning_language, answer_language, ...(enable_thinking !== undefined && { enable_thinking }) },
      ),
      salt,
    })),
  );
  let done = 0;
  const replies: Reply[] = [];
  const onReply = (i: number, reply: Reply): void => {
    replies[i] = reply;
    if (++done % batch === 0 || done === prompts.length) runner.note(`${done} of ${prompts.length} questions`);
  };
  const longest = Math.max(...prompts.map(({ ids }) => ids.length)) + options.sampling.max_new_tokens;
  const sizes = { columns: Math.min(batch, prompts.length), longest };
  await answerStream({ ...text, session }, prompts, { ...options, sizes, signal: runner.signal, onReply });
  throwIfCancelled(runner.signal, 'The evaluation');
  return replies;
}
