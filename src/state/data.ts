/**
 * The data place: which dataset was chosen, the rows read so far, the row that is looked at, and the token counts of the standing settings.
 * Rows are fetched a page at a time as the list scrolls; a language filter needs all summaries and fetches them in the background.
 */
import { createStore } from 'zustand/vanilla';
import type { ColumnMapping, RowDetail, RowSummary, TokenStatistics } from '../protocol/dataset.ts';
import type { HubRepository } from '../protocol/model.ts';

/** What is remembered of the source; a dropped file itself is kept in IndexedDB when it is small enough. */
export type ChosenSource =
  | { kind: 'bundled' }
  | { kind: 'url'; url: string }
  | { kind: 'file'; name: string }
  | { kind: 'traces'; id: string; name: string }
  | ({ kind: 'hub'; path: string } & Omit<HubRepository, 'token'>);

/** What was kept of a source; the bundled one where it is not whole. */
export function recalledSource(kept: unknown): ChosenSource {
  const source = (kept ?? {}) as Record<string, unknown>;
  const has = (...names: string[]): boolean => names.every((name) => typeof source[name] === 'string');
  const whole =
    (source.kind === 'url' && has('url')) ||
    (source.kind === 'file' && has('name')) ||
    (source.kind === 'traces' && has('id', 'name')) ||
    (source.kind === 'hub' && has('path', 'repository', 'revision', 'endpoint'));
  return whole ? (source as ChosenSource) : { kind: 'bundled' };
}
export type RowView = 'conversation' | 'template' | 'tokens';

export interface DataState {
  source: ChosenSource;
  mapping: ColumnMapping | null;
  view: RowView;
  /** Only rows of this language; '' are rows that ask for none, null is every row. */
  language: string | null;
  selected: number | null;
  /** Sparse, by position in the dataset (0-based). */
  rows: (RowSummary | undefined)[];
  detail: RowDetail | null;
  statistics: TokenStatistics | null;
}

export const freshData: DataState = {
  source: { kind: 'bundled' },
  mapping: null,
  view: 'conversation',
  language: null,
  selected: null,
  rows: [],
  detail: null,
  statistics: null,
};

export const dataStore = createStore<DataState>(() => freshData);

/** Another dataset is there: everything that was about the old one goes. */
export function forgetRows(): void {
  dataStore.setState({ rows: [], detail: null, statistics: null, language: null, selected: null });
}

export function placeRows(start: number, page: RowSummary[]): void {
  dataStore.setState((state) => {
    const rows = state.rows.slice();
    page.forEach((row, index) => {
      rows[start + index] = row;
    });
    return { rows };
  });
}

/** Positions the list shows: all of them, or those of the chosen language among the rows read so far. */
export function shownPositions(rows: DataState['rows'], total: number, language: string | null): number[] | null {
  if (language === null) return null;
  const shown: number[] = [];
  for (let i = 0; i < total; i += 1) {
    const row = rows[i];
    if (row && (row.reasoning_language ?? '') === language) shown.push(i);
  }
  return shown;
}

export interface Histogram {
  bins: { from: number; to: number; count: number }[];
  /** Right end of the axis, in tokens. */
  end: number;
  highest: number;
}

/** Token counts of rows in equal bins of a round width; rows that could not be rendered (0) are left out. */
export function histogram(lengths: Uint32Array, mark: number, wanted = 40): Histogram {
  const known = lengths.filter((n) => n > 0);
  const longest = known.reduce((a, b) => Math.max(a, b), 1);
  // The mark must be on the axis, but a mark far beyond the data must not squeeze the data away.
  const end = Math.max(longest, Math.min(mark, longest * 2)) * 1.04;
  const width = roundWidth(end / wanted);
  const count = Math.ceil(end / width);
  const bins = Array.from({ length: count }, (_, i) => ({ from: i * width, to: (i + 1) * width, count: 0 }));
  for (const n of known) bins[Math.min(count - 1, Math.floor(n / width))]!.count += 1;
  return { bins, end: count * width, highest: bins.reduce((a, b) => Math.max(a, b.count), 0) };
}

function roundWidth(width: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(width, 1)));
  const factor = [1, 2, 5, 10].find((f) => f * power >= width) ?? 10;
  return Math.max(1, factor * power);
}
