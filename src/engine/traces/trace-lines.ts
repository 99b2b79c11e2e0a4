/**
 * Traces as JSON Lines. A kept one is a row of a dataset as any other: the conversation that was asked with the trace as its answer, the languages under their
 * own names, and beside them where it comes from. `all` has every trace, with what became of it. The set's name is in none of them: it can be changed, and a
 * stopped run finds its rows by their bytes.
 */

import type { JudgedTrace, TraceExport, TraceRecord } from '../../protocol/traces.ts';
import { own, type Row, textOf } from '../data/fields.ts';
import type { TraceRow } from './trace-rows.ts';

export type TraceOrigin = Pick<TraceRecord, 'started' | 'dataset' | 'generator' | 'settings'>;

export function traceLines(judged: readonly JudgedTrace[], rows: readonly TraceRow[], origin: TraceOrigin, what: TraceExport): string {
  const byNumber = new Map(rows.map((row) => [row.row, row]));
  const made = provenance(origin);
  return judged
    .filter(({ reason }) => what === 'all' || reason === null)
    .flatMap((trace) => {
      const row = byNumber.get(trace.row);
      if (!row) return [];
      const { reason, why, suspicious } = trace;
      const became = what === 'all' ? { kept: reason === null, reason, why } : {};
      return [
        `${JSON.stringify({ ...datasetRow(trace, row), ...became, ...(suspicious !== undefined && { suspicious }), provenance: { ...made, ...ofTrace(trace) } })}\n`,
      ];
    })
    .join('');
}

/** Of a row's own columns, what rewards read beside the gold. */
export function rewardColumns(columns: Row): Row {
  const found = ['language', 'tests'].map((name) => [name, own(columns, name)] as const);
  return Object.fromEntries(found.filter(([, value]) => textOf(value) !== undefined || Array.isArray(value)));
}

function datasetRow({ thinking, content }: JudgedTrace, { asked, gold, columns, reasoning_language, answer_language }: TraceRow): object {
  const { messages, tools, model_identity, reasoning_effort } = asked;
  return {
    messages: [...messages, { role: 'assistant', ...(thinking !== '' && { thinking }), content }],
    ...(tools && { tools }),
    ...(reasoning_language !== null && { reasoning_language }),
    ...(answer_language !== null && { answer_language }),
    ...(model_identity !== undefined && { model_identity }),
    ...(reasoning_effort !== undefined && { reasoning_effort }),
    ...(gold !== null && { gold }),
    ...rewardColumns(columns),
  };
}

/** The same in every row, so that rows of several sets can lie in one file. */
function provenance({ started, dataset, generator, settings }: TraceOrigin): object {
  const { sampling, num_return_sequences, reward_funcs, reward_weights, least, keep, most_per_language, choice_seed, checks, encoding } =
    settings;
  const { date, template, thinking } = encoding;
  return {
    made: started,
    generator: generator.kind,
    model: generator.model.name,
    model_hash: generator.model.hash,
    adapter: generator.adapter?.name ?? null,
    adapter_hash: generator.adapter?.hash ?? null,
    dataset: dataset.name,
    dataset_hash: dataset.hash,
    settings: {
      ...sampling,
      num_return_sequences,
      ...{ reward_funcs, reward_weights, least, keep, most_per_language, choice_seed, checks },
      ...{ date, template, ...(thinking !== undefined && { thinking }) },
    },
  };
}

function ofTrace({ row, sample, seed, tokens, reward, verdicts }: JudgedTrace): object {
  const rewards = Object.fromEntries(Object.entries(verdicts).map(([name, { value }]) => [name, value]));
  return { row, sample, seed, tokens, reward, rewards };
}
