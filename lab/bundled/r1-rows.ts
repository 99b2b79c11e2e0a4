/** Rows as the stages of the recipe r1 hand them on: which rows a stage takes, what answers become, and rows without their thoughts. Nothing here touches a model. */
import { partRows, type RowLanguages } from '../../src/engine/data/parts.ts';
import type { DataPart } from '../../src/protocol/stages.ts';

/** A line of the dataset, or of kept traces. */
export interface Row {
  readonly reasoning_language: string | null;
  readonly messages: readonly { readonly role: string; readonly content: string; readonly thinking?: string | null }[];
  readonly [column: string]: unknown;
}

/** Where the parts of a stage come from: `data` is what an earlier stage takes, `kept` the traces that it kept. */
export interface Sources {
  readonly dataset: readonly Row[];
  data(stage: number): readonly DataPart[];
  kept(stage: number): readonly Row[];
  readonly seed: number;
}

export function rowsOf(parts: readonly DataPart[], sources: Sources): Row[] {
  return parts.flatMap((part) => {
    const rows = part.of === 'dataset' ? sources.dataset : sources.kept(part.of);
    const elsewhere = new Set(part.but === undefined ? [] : rowsOf(sources.data(part.but), sources));
    const taken = new Set(rows.flatMap((row, at) => (elsewhere.has(row) ? [at] : [])));
    return partRows(languagesOf(rows), part, sources.seed, taken).map((at) => rows[at]!);
  });
}

function languagesOf(rows: readonly Row[]): RowLanguages {
  return rows.map(({ reasoning_language }) => reasoning_language ?? '');
}

/** What was asked, with an answer that a model wrote in place of the row's own. */
export function answeredBy({ reasoning_language, messages }: Row, thinking: string, content: string): Row {
  return { reasoning_language, messages: [...messages.slice(0, -1), { role: 'assistant', content, thinking }] };
}

/** The same answers, as a model that does not think would give them. */
export function withoutThoughts(rows: readonly Row[]): Row[] {
  return rows.map(({ reasoning_language, messages }) => ({
    reasoning_language,
    messages: messages.map(({ role, content }) => ({ role, content })),
  }));
}
