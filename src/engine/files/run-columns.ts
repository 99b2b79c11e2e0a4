/**
 * All that a run logged, and what it asked, as few bytes: a list of records by step becomes a column a metric, and the whole is JSON, deflated. Numbers keep every digit;
 * those that are none (JSON has no name for them) are written as words, and what a step lacks as null.
 */
import { strFromU8, strToU8, unzlibSync, zlibSync } from 'fflate';
import type { EvalMetrics, StepMetrics } from '../../protocol/metrics.ts';
import type { RunRecord } from '../../protocol/training.ts';
import type { Bytes } from './source.ts';

export type RunLog = Pick<RunRecord, 'metrics' | 'evals' | 'samples' | 'saves' | 'questions'>;

type Cell = number | null | 'NaN' | 'Infinity' | '-Infinity';
type Columns = Record<string, Cell[]>;

interface PackedLog extends Pick<RunRecord, 'samples' | 'saves' | 'questions'> {
  metrics: Columns;
  evals: Columns;
}

export function packLog({ metrics, evals, ...rest }: RunLog): Bytes {
  const packed: PackedLog = { metrics: toColumns(metrics), evals: toColumns(evals), ...rest };
  return zlibSync(strToU8(JSON.stringify(packed)), { level: 6 }) as Bytes;
}

export function unpackLog(bytes: Bytes): RunLog {
  const { metrics, evals, ...rest } = JSON.parse(strFromU8(unzlibSync(bytes))) as PackedLog; // written by packLog, compared with its hash
  return { ...rest, metrics: fromColumns<StepMetrics>(metrics), evals: fromColumns<EvalMetrics>(evals) };
}

function toColumns(entries: readonly (StepMetrics | EvalMetrics)[]): Columns {
  const columns: Columns = {};
  for (const [at, entry] of entries.entries()) {
    for (const [name, value] of Object.entries(entry) as [string, number | undefined][]) {
      if (value === undefined) continue;
      columns[name] ??= Array.from({ length: entries.length }, () => null);
      columns[name][at] = Number.isFinite(value) ? value : (String(value) as Cell);
    }
  }
  return columns;
}

function fromColumns<X extends StepMetrics | EvalMetrics>(columns: Columns): X[] {
  const names = Object.keys(columns);
  return (columns.step ?? []).map((_, at) => {
    const given = names.filter((name) => columns[name]![at] !== null);
    return Object.fromEntries(given.map((name) => [name, Number(columns[name]![at])])) as unknown as X; // as toColumns found it
  });
}
