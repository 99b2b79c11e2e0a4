/**
 * One question, several columns. Columns of one source decode as one batch; base and adapter, and both modes, use the same seed and the same salt per
 * language, so that what differs between two of them is the adapter or the mode alone.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { AskColumn, AskRequest, ColumnSource } from '../../protocol/generation.ts';
import { promptOf } from '../chat/prompt.ts';
import { type AnswerOptions, answer, type Prompt, type Reply, type ReplySoFar } from '../generate/answer.ts';
import { checkRequest } from './checks.ts';
import { emptyState } from './column-state.ts';
import type { EngineState } from './engine-state.ts';
import { inQuestion, languagesOf, questionOf, replyAdherence } from './in-question.ts';
import { asMemoryError } from './memory-error.ts';
import { askPeer } from './peers.ts';

export async function ask(engine: EngineState, request: AskRequest): Promise<void> {
  engine.asking?.abort();
  const control = new AbortController();
  engine.asking = control;
  try {
    checkRequest(request);
    for (const source of ['base', 'adapter', 'peer'] as const satisfies readonly ColumnSource[]) {
      const columns = request.columns.filter((c) => c.source === source);
      if (columns.length === 0) continue;
      if (source === 'peer') await askPeer(engine, request, columns, control.signal);
      else await askOwn(engine, request, columns, source, control.signal);
    }
  } finally {
    if (engine.asking === control) engine.asking = null;
    engine.emit({ type: 'ask-end', request: request.id });
  }
}

async function askOwn(
  engine: EngineState,
  request: AskRequest,
  columns: readonly AskColumn[],
  source: 'base' | 'adapter',
  signal: AbortSignal,
): Promise<void> {
  const model = engine.needModel();
  if (source === 'adapter' && !engine.adapter)
    throw new MotherTongueError('StateError', 'There is no adapter yet; train one, or import one on the Runs page.');
  const { conversation, sampling, date } = request;
  const languages = [...new Set(request.columns.map((c) => c.reasoning_language))];
  const prompts = await Promise.all(
    columns.map(async ({ reasoning_language, answer_language, thinking }) => ({
      ids: await promptOf(model, conversation, {
        reasoning_language,
        answer_language,
        date,
        ...(thinking && { enable_thinking: thinking === 'think' }),
      }),
      salt: languages.indexOf(reasoning_language),
    })),
  );
  const states = columns.map((column) => emptyState(column.id));
  const show = (i: number, { ids, thinking, content, rest, seconds }: ReplySoFar): void => {
    Object.assign(states[i]!, { thinking, content, rest, tokens: ids.length, tokens_per_second: ids.length / Math.max(seconds, 1e-3) });
    engine.emit({ type: 'column', request: request.id, state: { ...states[i]! } });
  };
  const onUpdate = (i: number, reply: ReplySoFar): void => {
    if (reply.stop === null) show(i, reply); // how it ended is shown together with its language
  };
  const replies = await answerLocked(engine, prompts, source, { sampling, signal, onUpdate });
  const among = await inQuestion(engine, questionOf(request), request.columns.flatMap(languagesOf));
  for (const [i, column] of columns.entries()) {
    Object.assign(states[i]!, { stop: replies[i]!.stop }, await replyAdherence(replies[i]!, column, among));
    show(i, replies[i]!);
  }
}

const CANCELLED: Reply = { ids: [], thinking: '', content: '', rest: '', stop: 'cancelled', seconds: 0 };

/** Answers wait for their turn between two training steps. */
export async function answerLocked(
  engine: EngineState,
  prompts: readonly Prompt[],
  source: 'base' | 'adapter',
  options: Omit<AnswerOptions, 'adapter'>,
): Promise<Reply[]> {
  const model = engine.needModel();
  const release = await engine.lock();
  try {
    return await answer(model, prompts, { ...options, adapter: source === 'adapter' ? engine.adapter!.layout : null });
  } catch (error) {
    if (error instanceof MotherTongueError && error.name === 'Cancelled') return prompts.map(() => CANCELLED);
    model.generator.free(); // programs that were half made
    throw asMemoryError(error, 'Answering', 'ask in fewer columns or with a smaller max_new_tokens');
  } finally {
    release();
    engine.reportMemory();
  }
}
