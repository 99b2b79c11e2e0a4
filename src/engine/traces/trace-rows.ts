/**
 * Rows of a dataset as they are asked for traces: what is asked and what a good answer is, without the row's own answer. They are kept beside the traces, so
 * that a set can go on, be shown and be exported whatever dataset is open.
 */
import { throwIfCancelled } from '../../lib/cancel.ts';
import { Random } from '../../lib/random.ts';
import type { TraceSettings } from '../../protocol/traces.ts';
import { type AskedRow, askedRow } from '../batch/prompt-rows.ts';
import type { Dataset } from '../data/dataset.ts';
import { textOf } from '../data/fields.ts';
import { isCheckable } from './checkable.ts';

export interface TraceRow extends Omit<AskedRow, 'reply' | 'answer' | 'gold'> {
  /** As text; a list as JSON. */
  readonly gold: string | null;
}

export interface FoundRows {
  /** In file order. */
  readonly rows: TraceRow[];
  /** Rows that could be asked, the ones that were not chosen among them. */
  readonly askable: number;
  readonly unverifiable: number;
  readonly unread: number;
}

/** Chosen rows by an order that follows from the seed and the row's number alone. */
export async function traceRows(dataset: Dataset, settings: TraceSettings, signal?: AbortSignal): Promise<FoundRows> {
  const { encoding, rows: most, choice_seed } = settings;
  const wanted = encoding.languages && new Set(encoding.languages);
  const found: { row: TraceRow; rank: number }[] = [];
  const counts = { askable: 0, unverifiable: 0, unread: 0 };
  const best = (): typeof found =>
    most === null ? found : found.toSorted((a, b) => a.rank - b.rank || a.row.row - b.row.row).slice(0, most);
  for await (const piece of dataset.pieces({ signal })) {
    for (const source of piece.rows) {
      const asked = await askedRow(source, encoding);
      if (asked === null || !('asked' in asked)) {
        counts.unread++;
        continue;
      }
      if (wanted && !wanted.has(asked.reasoning_language ?? '')) continue;
      const row = rowOf(asked);
      if (!isCheckable(row, settings)) {
        counts.unverifiable++;
        continue;
      }
      counts.askable++;
      found.push({ row, rank: new Random(`${choice_seed}/${row.row}`).uniform() });
    }
    if (most !== null && found.length > 4 * most + 1000) found.splice(0, found.length, ...best());
    throwIfCancelled(signal, `Reading ${dataset.name}`);
  }
  const rows = best().map(({ row }) => row);
  return { ...counts, rows: rows.sort((a, b) => a.row - b.row) };
}

function rowOf({ reply: _, answer: __, gold, ...row }: AskedRow): TraceRow {
  return { ...row, gold: gold === null || gold === undefined ? null : (textOf(gold) ?? JSON.stringify(gold, plain)) };
}

export function rowsText(rows: readonly TraceRow[]): string {
  return rows.map((row) => `${JSON.stringify(row, plain)}\n`).join('');
}

export function readRowsText(text: string): TraceRow[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as TraceRow); // written by `rowsText`
}

/** Whole numbers beyond 2^53 have no other place in JSON.parse's world. */
function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
