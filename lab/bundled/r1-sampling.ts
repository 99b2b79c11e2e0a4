/** Rejection sampling of the recipe r1, by the product's own: traces of a stage, those that are kept, and as many without the filter. */
import type { AdapterLayout } from '../../src/engine/adapters/lora.ts';
import type { TextModel } from '../../src/engine/chat/open-text.ts';
import type { Dataset } from '../../src/engine/data/dataset.ts';
import { judgeReply } from '../../src/engine/evaluate/judge-reply.ts';
import type { Session } from '../../src/engine/models/session.ts';
import { chooseRewards } from '../../src/engine/rewards/choose.ts';
import { RewardRunner } from '../../src/engine/rewards/score.ts';
import { languagesBy } from '../../src/engine/traces/languages.ts';
import { makeTraces, traceAsks } from '../../src/engine/traces/make.ts';
import { countsOf, select } from '../../src/engine/traces/select.ts';
import { traceRows } from '../../src/engine/traces/trace-rows.ts';
import type { Runner } from '../../src/headless/runner.ts';
import { throwIfCancelled } from '../../src/lib/cancel.ts';
import { type JudgedTrace, type ReasoningTrace, TRACE_REASONS, type TraceReason, type TraceSettings } from '../../src/protocol/traces.ts';
import { answeredBy, type Row } from './r1-rows.ts';

export interface Sampled {
  readonly kept: readonly Row[];
  /** As if every trace had passed. */
  readonly unfiltered: readonly Row[];
  readonly says: string;
}

/** Rows that decode together. */
const COLUMNS = 64;

/** `dataset` is `rows` as a dataset. */
export async function sampled(
  model: { readonly session: Session; readonly text: TextModel },
  rows: readonly Row[],
  dataset: Dataset,
  settings: TraceSettings,
  adapter: AdapterLayout | null,
  runner: Runner,
): Promise<Sampled> {
  const started = performance.now();
  const { reward_funcs, reward_settings, sampling, num_return_sequences } = settings;
  const { rows: asked } = await traceRows(dataset, settings);
  const judge = new RewardRunner(null);
  const made: ReasoningTrace[] = [];
  const judging = {
    settings,
    chosen: chooseRewards(reward_funcs, reward_settings),
    longest: sampling.max_new_tokens,
    runner: judge,
    languages: languagesBy(judgeReply, asked),
  };
  await makeTraces(model, {
    ...{ settings, adapter, adapterIndex: undefined, judging, columns: COLUMNS, signal: runner.signal },
    asks: traceAsks(asked, num_return_sequences),
    onTrace: async (trace) => void made.push(trace),
  });
  judge.close();
  throwIfCancelled(runner.signal, 'Rejection sampling');
  const rowsOf = (judged: readonly JudgedTrace[]): Row[] =>
    judged
      .filter(({ reason }) => reason === null)
      .map(({ row, thinking, content }) => answeredBy(rows[dataset.indexOf(row)]!, thinking, content));
  const judged = select(made, settings);
  return {
    kept: rowsOf(judged),
    unfiltered: rowsOf(select(passing(made), settings)),
    says: `${told(judged)}; ${made.reduce((n, { tokens }) => n + tokens, 0)} tokens in ${((performance.now() - started) / 1000).toFixed(1)} s`,
  };
}

function passing(traces: readonly ReasoningTrace[]): ReasoningTrace[] {
  return traces.map((trace) => ({ ...trace, failed: null }));
}

function told(judged: readonly JudgedTrace[]): string {
  const { kept, reasons } = countsOf(judged);
  const left = Object.entries(reasons).map(([reason, count]) => `${TRACE_REASONS[reason as TraceReason].label} ${count}`);
  return `${kept} of ${judged.length} traces kept${left.length > 0 ? ` (${left.join(', ')})` : ''}`;
}
