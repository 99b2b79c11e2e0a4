/**
 * A dataset: a file's rows as conversations, read when they are needed and never all at once. Opening it passes over every row once, to count
 * languages and to collect every problem; nothing is dropped without a sentence that says so.
 */
import { throwIfCancelled } from '../../lib/cancel.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import type { Conversation } from '../../protocol/conversation.ts';
import type { ColumnMapping, DatasetSchema, DatasetSummary, RowSummary } from '../../protocol/dataset.ts';
import { openRows } from './open-rows.ts';
import { ProblemList, rowProblem } from './row-problems.ts';
import type { RawRow, ReadOptions, RowSource } from './row-source.ts';
import { type Layout, mappedLayout, recogniseLayout } from './schema.ts';
import { type DatasetRow, toConversation } from './to-conversation.ts';

export interface DatasetOptions {
  mapping?: ColumnMapping | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((done: number, total: number, unit: 'bytes' | 'rows') => void) | undefined;
}

/** Rows looked at to learn the columns. */
const SAMPLE = 100;
const PREVIEW = 120;

export class Dataset {
  private counted: Pick<DatasetSummary, 'languages' | 'problems'> = { languages: {}, problems: [] };

  constructor(
    readonly name: string,
    readonly bytes: number,
    readonly columns: string[],
    private readonly source: RowSource,
    private readonly layout: Layout,
    private readonly example: Record<string, unknown> | undefined,
  ) {}

  get length(): number {
    return this.source.length;
  }

  get schema(): DatasetSchema {
    return this.layout.schema;
  }

  summary(): DatasetSummary {
    const { name, bytes, columns, schema, length: rows } = this;
    const unknown = schema === 'unknown' && this.example ? { example: this.example } : {};
    return { name, format: this.source.format, schema, columns, rows, bytes, ...this.counted, ...unknown };
  }

  /** Number in the file of the row at `index`. */
  rowNumber(index: number): number {
    return this.source.rowNumber(index);
  }

  /** Position of the row with this number in the file. Numbers rise with positions. */
  indexOf(row: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rowNumber(middle) < row) low = middle + 1;
      else high = middle;
    }
    if (low >= this.length || this.rowNumber(low) !== row) throw new MotherTongueError('DatasetError', `${this.name} has no row ${row}.`);
    return low;
  }

  async read(start: number, count: number): Promise<DatasetRow[]> {
    const raw = await this.source.read(start, count);
    return raw.map((row) => toConversation(row, this.layout));
  }

  /** The conversation at `index`; null when the row does not train. */
  async conversation(index: number): Promise<Conversation | null> {
    const [row] = await this.read(index, 1);
    if (!row) throw new MotherTongueError('DatasetError', `${this.name} has ${this.length} rows, not ${index + 1}.`);
    return row.conversation;
  }

  async summaries(start: number, count: number): Promise<RowSummary[]> {
    const rows = await this.read(start, count);
    return rows.map(({ row, conversation, problems }) => ({
      row,
      reasoning_language: conversation?.reasoning_language ?? null,
      preview: conversation ? previewOf(conversation) : '',
      problems,
    }));
  }

  /** All rows in file order, in pieces of a few megabytes. */
  async *pieces(options: DatasetOptions = {}): AsyncGenerator<DatasetRow[]> {
    for (let start = 0; start < this.length; ) {
      throwIfCancelled(options.signal, `Reading ${this.name}`);
      const rows = await this.read(start, this.source.pieceLength(start));
      yield rows;
      start += rows.length;
      options.onProgress?.(start, this.length, 'rows');
    }
  }

  /** The pass over all rows; called once by `readDataset`. */
  async survey(options: DatasetOptions): Promise<void> {
    const problems = new ProblemList();
    const languages = new Map<string, number>();
    for (const note of this.source.notes) problems.add(rowProblem(note.row, 'malformed', true, note.text));
    for await (const rows of this.pieces(options)) {
      for (const row of rows) {
        for (const problem of row.problems) problems.add(problem);
        if (!row.conversation) continue;
        const language = row.conversation.reasoning_language ?? '';
        languages.set(language, (languages.get(language) ?? 0) + 1);
      }
    }
    const falling = [...languages].sort((a, b) => b[1] - a[1]);
    this.counted = { languages: Object.fromEntries(falling), problems: problems.all() };
  }
}

/** Reads a JSONL, JSON, CSV, TSV or Parquet file. Throws a DatasetError only where no row at all can be had. */
export async function readDataset(blob: Blob, name: string, options: DatasetOptions = {}): Promise<Dataset> {
  const { mapping, signal, onProgress } = options;
  const readOptions: ReadOptions = { signal, onProgress: onProgress && ((done, total) => onProgress(done, total, 'bytes')) };
  const source = await openRows(blob, name, readOptions);
  if (source.length === 0) throw new MotherTongueError('DatasetError', `${name} has no rows; it needs at least one.`);
  const good = await firstGoodRows(source, name, options);
  const first = good[0]!.value!;
  const columns = [...new Set(good.flatMap((raw) => Object.keys(raw.value!)))];
  const missing = mapping && Object.values(mapping).filter((column) => column && !columns.includes(column));
  if (missing?.length)
    throw new MotherTongueError('DatasetError', `${name} has no column "${missing.join('", "')}"; it has "${columns.join('", "')}".`);
  const layout = mapping ? mappedLayout(mapping) : recogniseLayout(columns, first);
  const dataset = new Dataset(name, blob.size, columns, source, layout, { ...first });
  await dataset.survey(options);
  return dataset;
}

/** The first rows that can be parsed, within one sample of each other; they tell the columns. */
async function firstGoodRows(source: RowSource, name: string, options: DatasetOptions): Promise<RawRow[]> {
  let first: RawRow | undefined;
  for (let start = 0; start < source.length; start += SAMPLE) {
    throwIfCancelled(options.signal, `Reading ${name}`);
    const sample = await source.read(start, SAMPLE);
    first ??= sample[0];
    const good = sample.filter((raw) => raw.value !== undefined);
    if (good.length > 0) return good;
  }
  throw new MotherTongueError('DatasetError', `No row of ${name} can be read: row ${first?.row ?? 1} ${first?.fault ?? 'cannot be read'}.`);
}

function previewOf(conversation: Conversation): string {
  const text = conversation.messages.find((message) => message.role === 'user')?.content ?? '';
  const line = text
    .slice(0, 4 * PREVIEW)
    .replaceAll(/\s+/g, ' ')
    .trim();
  return line.length > PREVIEW ? `${line.slice(0, PREVIEW - 1)}…` : line;
}
