/** Prompts -> replies as each ends, many prompts through a few columns (streaming.ts); text is read as answer.ts reads it. */
import type { SamplingSettings } from '../../protocol/generation.ts';
import type { AdapterLayout } from '../adapters/lora.ts';
import type { TextModel } from '../chat/open-text.ts';
import type { Session } from '../models/session.ts';
import { type Prompt, type Reply, rowsOf, takeIds } from './answer.ts';
import { type StreamingSizes, streamRows } from './streaming.ts';

export interface StreamingModel extends Pick<TextModel, 'tokenizer' | 'format'> {
  readonly session: Session;
}

export interface AnswerStream {
  readonly sizes: StreamingSizes;
  readonly sampling: SamplingSettings;
  readonly adapter: AdapterLayout | null;
  readonly signal?: AbortSignal;
  /** Between two blocks of ids: others may use the GPU meanwhile. */
  between?(): Promise<void>;
  /** New ids of all rows together. */
  onTokens?(count: number): void;
  /** Once for each prompt, in the order in which they end; not for those that an abort left. */
  onReply(prompt: number, reply: Reply): void;
}

export async function answerStream(
  { session, tokenizer, format }: StreamingModel,
  prompts: readonly Prompt[],
  { sizes, sampling, adapter, signal, between, onTokens, onReply }: AnswerStream,
): Promise<void> {
  const open = new Map<number, { ids: number[]; began: number; stream: ReturnType<typeof format.reply> }>();
  await streamRows(session, sizes, {
    rows: rowsOf(prompts, sampling),
    adapter,
    vocabulary_with_text: Math.min(tokenizer.size, session.config.vocab_size),
    eos: tokenizer.eosIds,
    ...(signal && { signal }),
    ...(between && { between }),
    onBegin: (i) => {
      open.set(i, { ids: [], began: performance.now(), stream: format.reply(tokenizer, prompts[i]!.ids) });
    },
    onIds: (i, fresh) => {
      const taken = takeIds(open.get(i)!, fresh);
      onTokens?.(taken === false ? fresh.length : taken);
      return taken;
    },
    onEnd: (i, stop) => {
      const { ids, began, stream } = open.get(i)!;
      open.delete(i);
      stream.finish();
      const { thinking, content, rest } = stream;
      onReply(i, { ids, thinking, content, rest, stop, seconds: (performance.now() - began) / 1000 });
    },
  });
}
