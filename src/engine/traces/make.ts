/**
 * The traces that a set still lacks, made and judged. Each follows from its row's prompt, its number and the seed alone, so that a set that was interrupted
 * goes on to the same traces.
 */
import { throwIfCancelled } from '../../lib/cancel.ts';
import type { ReasoningTrace, TraceSettings } from '../../protocol/traces.ts';
import { promptIds } from '../batch/prompt-rows.ts';
import type { TextModel } from '../chat/open-text.ts';
import { type AnsweringPlace, answerAll } from '../evaluate/answer-all.ts';
import { saltOfName } from '../evaluate/asks.ts';
import type { Prompt } from '../generate/answer.ts';
import { sampleOf } from '../generate/reply-sample.ts';
import type { Session } from '../models/session.ts';
import { judgeTrace, type TraceJudging } from './judge-trace.ts';
import type { TraceRow } from './trace-rows.ts';

/** One trace that is to be made. */
export interface TraceAsk {
  readonly row: TraceRow;
  readonly sample: number;
  readonly seed: number;
}

export const traceKey = ({ row, sample }: Pick<ReasoningTrace, 'row' | 'sample'>): string => `${row}/${sample}`;

/** Every row once, then all again, so that what is there early stands for all rows. */
export function traceAsks(rows: readonly TraceRow[], samples: number): TraceAsk[] {
  return Array.from({ length: samples }, (_, sample) =>
    rows.map((row) => ({ row, sample, seed: saltOfName(['trace', row.row, sample]) })),
  ).flat();
}

export function lacking(asks: readonly TraceAsk[], traces: Iterable<ReasoningTrace>): TraceAsk[] {
  const made = new Set([...traces].map(traceKey));
  return asks.filter(({ row: { row }, sample }) => !made.has(traceKey({ row, sample })));
}

/** By row number; the same for all samples. */
export async function tracePrompts(
  text: TextModel,
  rows: Iterable<TraceRow>,
  encoding: TraceSettings['encoding'],
  signal?: AbortSignal,
): Promise<Map<number, Uint32Array>> {
  const prompts = new Map<number, Uint32Array>();
  for (const row of rows) {
    if (prompts.has(row.row)) continue;
    prompts.set(row.row, await promptIds(row, encoding, text));
    if (prompts.size % 64 === 0) await new Promise((resolve) => setTimeout(resolve)); // thousands take seconds, and others wait
    throwIfCancelled(signal, 'Making traces');
  }
  return prompts;
}

export interface TraceRun extends AnsweringPlace {
  readonly settings: Pick<TraceSettings, 'sampling' | 'encoding'>;
  readonly asks: readonly TraceAsk[];
  /** Of a mixed layout (see generate/answer.ts). */
  readonly adapterIndex: number | undefined;
  readonly judging: TraceJudging;
  onTrace(trace: ReasoningTrace): Promise<void>;
}

/** Resolves when all are kept, or when the signal aborts. */
export async function makeTraces(model: { readonly session: Session; readonly text: TextModel }, run: TraceRun): Promise<void> {
  const { asks, settings, adapterIndex, judging, signal } = run;
  const rows = asks.map(({ row }) => row);
  const prompts = await tracePrompts(model.text, rows, settings.encoding, signal);
  await answerAll(model, {
    ...run,
    sampling: settings.sampling,
    prompts: asks.map(({ row, seed }): Prompt => {
      return { ids: prompts.get(row.row)!, salt: seed, ...(adapterIndex !== undefined && { adapter: adapterIndex }) };
    }),
    take: async (i, reply) => {
      const { row, sample, seed } = asks[i]!;
      const seen = sampleOf({ ...row, ids: prompts.get(row.row)! }, reply, model.text.tokenizer);
      const made = { row, sample, seed, seen, stop: reply.stop, tokens: reply.ids.length, seconds: reply.seconds };
      await run.onTrace(await judgeTrace(made, judging));
    },
  });
}
