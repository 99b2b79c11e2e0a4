/** Many questions in batches that decode together; the order of the replies is that of the questions. */
import type { AskedLanguages } from '../../engine/chat/asked-languages.ts';
import type { TextModel } from '../../engine/chat/open-text.ts';
import { promptOf } from '../../engine/chat/prompt.ts';
import { type AnswerOptions, answer, type Reply } from '../../engine/generate/answer.ts';
import { Generator } from '../../engine/generate/generator.ts';
import type { Session } from '../../engine/models/session.ts';
import type { Message } from '../../protocol/conversation.ts';
import type { Runner } from '../runner.ts';

export interface Asked extends AskedLanguages {
  readonly messages: readonly Message[];
}

export interface AskOptions extends Pick<AnswerOptions, 'sampling' | 'adapter' | 'block'> {
  /** The template variable; absent: the template decides. */
  readonly enable_thinking?: boolean;
  readonly date: string;
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
  const onUpdate: AnswerOptions['onUpdate'] = (_, { stop }) => {
    if (stop !== null && (++done % batch === 0 || done === prompts.length)) runner.note(`${done} of ${prompts.length} questions`);
  };
  const generator = new Generator(session);
  try {
    return await answer({ ...text, session, generator }, prompts, { ...options, batch, signal: runner.signal, onUpdate });
  } finally {
    generator.free(); // its programs bind the adapter that is there now
  }
}
