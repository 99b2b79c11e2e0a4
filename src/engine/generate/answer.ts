/**
 * Prompts -> replies. The one place where a prompt becomes a row of the generator, where ids without text are ruled out, where a row ends, and
 * where what it says is read; Compare, probes, evaluation and the headless verbs differ only in prompts, sampling and what they do with replies.
 */
import type { SamplingSettings } from '../../protocol/generation.ts';
import type { AdapterLayout } from '../adapters/lora.ts';
import type { ReplyStream, ReplyText } from '../chat/format.ts';
import type { TextModel } from '../chat/open-text.ts';
import type { GenerationRequest, GenerationRow, Generator, RowEnd } from './generator.ts';

export interface AnsweringModel extends Pick<TextModel, 'tokenizer' | 'format'> {
  readonly session: { readonly config: { readonly vocab_size: number } };
  readonly generator: Pick<Generator, 'generate'>;
}

export interface Prompt {
  readonly ids: Uint32Array;
  /** Rows draw the same numbers unless their salts differ; absent: 0. */
  readonly salt?: number;
  /** Which of the adapters that prompts have for themselves (`AnswerOptions.adapter` with `own`); absent: the base model, or the one adapter of all. */
  readonly adapter?: number;
}

export interface Reply extends ReplyText {
  /** The one that ended the row included. */
  readonly ids: readonly number[];
  readonly stop: RowEnd;
  /** Since decoding of its batch began, until its last id. */
  readonly seconds: number;
}

/** `stop` is null while the row goes on. */
export type ReplySoFar = Omit<Reply, 'stop'> & { readonly stop: RowEnd | null };

export interface AnswerOptions extends Pick<GenerationRequest, 'sizes' | 'block'> {
  readonly sampling: SamplingSettings;
  /**
   * Of all prompts; or several adapters, of which a prompt names one or none, and which all decode as one batch (adapters/joined.ts makes such layouts:
   * `besideBase` of one adapter, `joinLayouts` of several); null: the base model.
   */
  readonly adapter: AdapterLayout | null;
  /** Rows that decode together; absent: all of them. */
  readonly batch?: number;
  /** As in vLLM: every row goes on to `max_new_tokens`, whatever it writes. */
  readonly ignore_eos?: boolean;
  readonly signal?: AbortSignal;
  /** Called whenever a row has new ids, and once when it has ended. */
  onUpdate?(row: number, reply: ReplySoFar): void;
}

export const GREEDY = { temperature: 0, top_k: 0, top_p: 1, min_p: 0, seed: 0 } as const satisfies Partial<SamplingSettings>;

/** The replies in the order of the prompts. Cancelled rows keep what they have; throws where a batch is cancelled before its first id. */
export async function answer(model: AnsweringModel, prompts: readonly Prompt[], options: AnswerOptions): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (const group of batchesOf(prompts, options.batch ?? prompts.length)) {
    const answered = await answerTogether(model, group, prompts, options);
    for (const [r, i] of group.entries()) replies[i] = answered[r]!;
  }
  return replies;
}

/** Ids from here on have no text and are never drawn. */
export function vocabularyWithText({ session, tokenizer }: Pick<AnsweringModel, 'session' | 'tokenizer'>): number {
  return Math.min(tokenizer.size, session.config.vocab_size);
}

/** What the generator is given for these prompts. */
export function rowsOf(prompts: readonly Prompt[], { max_new_tokens, ...sampling }: SamplingSettings): GenerationRow[] {
  return prompts.map(({ ids, salt = 0, adapter }) => ({
    ...{ prompt: ids, sampling: { ...sampling, salt }, max_new_tokens },
    ...(adapter !== undefined && { adapter }),
  }));
}

/** Indices of prompts. Where there are several batches, neighbours are of like length, and the last is filled up so that one shape serves all. */
function batchesOf(prompts: readonly Prompt[], size: number): number[][] {
  const all = prompts.map((_, i) => i);
  if (all.length <= size) return [all];
  const order = all.sort((a, b) => prompts[a]!.ids.length - prompts[b]!.ids.length);
  return Array.from({ length: Math.ceil(order.length / size) }, (_, b) =>
    Array.from({ length: size }, (_, r) => order[Math.min(b * size + r, order.length - 1)]!),
  );
}

/** Reads ids up to the one with which the answer is complete; how many those are, or false while it goes on. */
export function takeIds(
  { ids, stream }: { readonly ids: number[]; readonly stream: ReplyStream },
  fresh: readonly number[],
  ignore_eos = false,
): number | false {
  for (const [i, id] of fresh.entries()) {
    ids.push(id);
    stream.push([id]);
    if (!ignore_eos && stream.answered) return i + 1;
  }
  return false;
}

async function answerTogether(
  { session, generator, tokenizer, format }: AnsweringModel,
  group: readonly number[],
  prompts: readonly Prompt[],
  { sampling, adapter, ignore_eos = false, signal, onUpdate, ...shape }: AnswerOptions,
): Promise<Reply[]> {
  const replies = group.map((i) => ({ ids: [] as number[], seconds: 0, stream: format.reply(tokenizer, prompts[i]!.ids) }));
  const read = <Stop extends RowEnd | null>(r: number, stop: Stop) => {
    const { ids, seconds, stream } = replies[r]!;
    return { ids, thinking: stream.thinking, content: stream.content, rest: stream.rest, stop, seconds };
  };
  /** A row that only fills up the batch is not told of. */
  const update = (r: number, reply: ReplySoFar): void => {
    if (group.indexOf(group[r]!) === r) onUpdate?.(group[r]!, reply);
  };
  const ends = await generator.generate({
    rows: rowsOf(
      group.map((i) => prompts[i]!),
      sampling,
    ),
    adapter,
    vocabulary_with_text: vocabularyWithText({ session, tokenizer }),
    eos: ignore_eos ? [] : tokenizer.eosIds,
    ...shape,
    ...(signal && { signal }),
    onIds: (r, fresh, seconds) => {
      const taken = takeIds(replies[r]!, fresh, ignore_eos);
      replies[r]!.seconds = seconds;
      update(r, read(r, null));
      return taken;
    },
  });
  return ends.map((stop, r) => {
    replies[r]!.stream.finish();
    const reply = read(r, stop);
    update(r, reply);
    return reply;
  });
}
