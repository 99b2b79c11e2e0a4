/**
 * One question, several columns. All columns of the open model decode as one batch, whatever adapter they have; they, and both modes, use the same seed
 * and the same salt per language, so that what differs between two of them is the adapter or the mode alone.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { AskColumn, AskRequest } from '../../protocol/generation.ts';
import { promptOf } from '../chat/prompt.ts';
import { type AnswerOptions, answer, type Prompt, type Reply, type ReplySoFar } from '../generate/answer.ts';
import { type Answerer, freeAnswerers, needModelOf, openAnswerers } from './answerers.ts';
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
    const own = request.columns.filter(({ source }) => source !== 'peer');
    const peer = request.columns.filter(({ source }) => source === 'peer');
    if (own.length > 0) await askOwn(engine, request, own, control.signal);
    if (peer.length > 0) await askPeer(engine, request, peer, control.signal);
  } finally {
    if (engine.asking === control) engine.asking = null;
    engine.emit({ type: 'ask-end', request: request.id });
  }
}

async function askOwn(engine: EngineState, request: AskRequest, columns: readonly AskColumn[], signal: AbortSignal): Promise<void> {
  const model = engine.needModel();
  const { conversation, sampling, date } = request;
  const languages = [...new Set(request.columns.map((c) => c.reasoning_language))];
  const prompts = await Promise.all(
    columns.map(async ({ source, adapter, reasoning_language, answer_language, thinking }) => ({
      by: source === 'kept' ? (adapter ?? '') : source,
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
  const onRefused = (i: number, error: MotherTongueError): void => {
    Object.assign(states[i]!, { stop: 'error', error: error.message });
    engine.emit({ type: 'column', request: request.id, state: { ...states[i]! } });
  };
  const replies = await answerLocked(engine, prompts, { sampling, signal, onUpdate, onRefused });
  const among = await inQuestion(engine, questionOf(request), request.columns.flatMap(languagesOf));
  for (const [i, column] of columns.entries()) {
    if (states[i]!.stop === 'error') continue;
    Object.assign(states[i]!, { stop: replies[i]!.stop }, await replyAdherence(replies[i]!, column, among));
    show(i, replies[i]!);
  }
}

const CANCELLED: Reply = { ids: [], thinking: '', content: '', rest: '', stop: 'cancelled', seconds: 0 };

/** A prompt, and who answers it. */
export type AskedPrompt = Omit<Prompt, 'adapter'> & { readonly by: Answerer };

interface AskOptions extends Omit<AnswerOptions, 'adapter'> {
  /** Called for prompts to kept adapters that cannot be asked; absent: the first one is thrown. */
  onRefused?(prompt: number, error: MotherTongueError): void;
}

/** All as one batch. Answers wait for their turn between two training steps. */
export async function answerLocked(engine: EngineState, asked: readonly AskedPrompt[], options: AskOptions): Promise<Reply[]> {
  const { onRefused, onUpdate, ...rest } = options;
  const { hash, session } = engine.needModel();
  const release = await engine.lock();
  try {
    const model = needModelOf(engine, { name: session.name, hash }); // prompts are those of its template
    const { layout, indexOf, refused } = await openAnswerers(
      engine,
      asked.map(({ by }) => by),
    );
    for (const [i, { by }] of asked.entries()) {
      const error = refused.get(by);
      if (error && !onRefused) throw error;
      if (error) onRefused!(i, error);
    }
    const answered = [...asked.keys()].filter((i) => !refused.has(asked[i]!.by));
    const prompts = answered.map((i): Prompt => {
      const { by, ...prompt } = asked[i]!;
      const adapter = indexOf(by);
      return { ...prompt, ...(adapter !== undefined && { adapter }) };
    });
    const given =
      prompts.length === 0
        ? []
        : await answer(model, prompts, { ...rest, adapter: layout, onUpdate: (r, reply) => onUpdate?.(answered[r]!, reply) });
    return asked.map((_, i) => given[answered.indexOf(i)] ?? CANCELLED);
  } catch (error) {
    if (error instanceof MotherTongueError && error.name === 'Cancelled') return asked.map(() => CANCELLED);
    engine.model?.generator.free(); // programs that were half made
    freeAnswerers(engine);
    throw asMemoryError(error, 'Answering', 'ask in fewer columns or with a smaller max_new_tokens');
  } finally {
    release();
    engine.reportMemory();
  }
}
