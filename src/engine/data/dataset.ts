/**
 * A dataset: a file's rows as conversations, read when they are needed and never all at once. Opening finds where rows lie and what the columns
 * are; languages and problems come from a pass over all rows, or first from a sample. Nothing is dropped without a problem that names the row.
 */
import { throwIfCancelled } from '../../lib/cancel.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import type { Conversation } from '../../protocol/conversation.ts';
import type { ColumnMapping, DatasetSchema, DatasetSummary, RowSummary } from '../../protocol/dataset.ts';
import { findKey } from './fields.ts';
import { openRows } from './open-rows.ts';
import { type ProblemColumns, problemColumns } from './problem-columns.ts';
import { MAX_COLUMNS, type RawRow, type ReadOptions, type RowSource, tooManyColumns } from './row-source.ts';
import { type Layout, mappedLayout, recogniseLayout } from './schema.ts';
import { type Findings, Survey } from './survey.ts';
import { type DatasetRow, toConversation } from './to-conversation.ts';

export interface DatasetOptions {
  mapping?: ColumnMapping | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((done: number, total: number, unit: 'bytes' | 'rows') => void) | undefined;
  foreign?: ReadOptions['foreign'];
}

/** Consecutive rows; `first` is the position of the first one. */
export interface DatasetPiece {
  first: number;
  rows: DatasetRow[];
}

/** Rows looked at to learn the columns. */
const COLUMNS_FROM = 100;
const PREVIEW = 120;
/** A sample is this many rows, in runs of `SAMPLE_RUN` that are spread over the file. */
export const SAMPLE_ROWS = 2000;
const SAMPLE_RUN = 20;

export class Dataset {
  /** Tells one opening from another. */
  readonly id: string = crypto.randomUUID();
  private found: Findings = { languages: {}, problems: [] };
  /** Rows that the findings come from. */
  private surveyed = 0;

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

  /** Which columns hold problems in several languages; null: the file has none. */
  get problems(): ProblemColumns | null {
    return this.layout.problems ?? null;
  }

  /** The column that a teacher alone sees: chosen by hand, or of this name. */
  privileged(name: string): string | undefined {
    return this.layout.privileged ?? findKey(this.columns, [name.toLowerCase()]);
  }

  summary(): DatasetSummary {
    const { id, name, bytes, columns, schema, length: rows } = this;
    const unknown = schema === 'unknown' && this.example ? { example: this.example } : {};
    const sampled = this.surveyed < rows ? { sampled: this.surveyed } : {};
    return { id, name, format: this.source.format, schema, columns, rows, bytes, ...this.found, ...sampled, ...unknown };
  }

  /** Another dataset takes its place; nothing can be read any more. */
  close(): void {
    this.source.close?.();
  }

  /** An empty survey of this file. */
  newSurvey(): Survey {
    return new Survey(this.source.notes);
  }

  /** Takes over what a pass over all rows has found. */
  adopt(findings: Findings): void {
    this.found = findings;
    this.surveyed = this.length;
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
  async *pieces(options: DatasetOptions = {}): AsyncGenerator<DatasetPiece> {
    for (let first = 0; first < this.length; ) {
      throwIfCancelled(options.signal, `Reading ${this.name}`);
      const rows = await this.read(first, this.source.pieceLength(first));
      yield { first, rows };
      first += rows.length;
      options.onProgress?.(first, this.length, 'rows');
    }
  }

  /** At most SAMPLE_ROWS rows in runs; any beginning of the sample is spread over the file. */
  async *sample({ signal }: DatasetOptions = {}): AsyncGenerator<DatasetPiece> {
    const runs = Math.ceil(this.length / SAMPLE_RUN);
    const wanted = Math.min(runs, SAMPLE_ROWS / SAMPLE_RUN);
    for (const place of spread(wanted)) {
      throwIfCancelled(signal, `Reading ${this.name}`);
      const first = Math.floor((place * runs) / wanted) * SAMPLE_RUN;
      yield { first, rows: await this.read(first, SAMPLE_RUN) };
    }
  }

  /** Findings of all rows, by a pass over them. */
  async survey(options: DatasetOptions = {}): Promise<void> {
    const survey = this.newSurvey();
    for await (const { rows } of this.pieces(options)) for (const row of rows) survey.add(row);
    this.adopt(survey.findings());
  }

  /** Findings of a sample, with counts scaled to the file; of all rows where the file has no more. */
  async surveySample(options: DatasetOptions = {}): Promise<void> {
    if (this.length <= SAMPLE_ROWS) return this.survey(options);
    const survey = this.newSurvey();
    this.surveyed = 0;
    for await (const { rows } of this.sample(options)) {
      for (const row of rows) survey.add(row);
      this.surveyed += rows.length;
    }
    this.found = survey.findings(this.length / this.surveyed);
  }
}

/** 0 to count - 1 in the order of their reversed bits: any beginning of it is spread evenly. */
function* spread(count: number): Generator<number> {
  const bits = Math.ceil(Math.log2(Math.max(2, count)));
  for (let i = 0; i < 2 ** bits; i++) {
    let reversed = 0;
    for (let bit = 0; bit < bits; bit++) reversed |= ((i >> bit) & 1) << (bits - 1 - bit);
    if (reversed < count) yield reversed;
  }
}

/** Opens a file and passes over all its rows. */
export async function readDataset(blob: Blob, name: string, options: DatasetOptions = {}): Promise<Dataset> {
  const dataset = await openDataset(blob, name, options);
  await dataset.survey(options);
  return dataset;
}

/** Opens a JSONL, JSON, CSV, TSV or Parquet file, without findings yet. Throws a DatasetError only where no row at all can be had. */
export async function openDataset(blob: Blob, name: string, options: DatasetOptions = {}): Promise<Dataset> {
  const { signal, onProgress, foreign } = options;
  const readOptions: ReadOptions = { signal, foreign, onProgress: onProgress && ((done, total) => onProgress(done, total, 'bytes')) };
  const source = await openRows(blob, name, readOptions);
  try {
    return await datasetOf(source, blob, name, options);
  } catch (error) {
    source.close?.();
    throw error;
  }
}

async function datasetOf(source: RowSource, blob: Blob, name: string, options: DatasetOptions): Promise<Dataset> {
  const { mapping } = options;
  if (source.length === 0) throw new MotherTongueError('DatasetError', `${name} has no rows; it needs at least one.`);
  const good = await firstGoodRows(source, name, options);
  const first = good[0]!.value!;
  const columns = [...new Set(good.flatMap((raw) => Object.keys(raw.value!)))];
  if (columns.length > MAX_COLUMNS) throw tooManyColumns(name, columns.length);
  const missing = mapping && Object.values(mapping).filter((column) => column && !columns.includes(column));
  if (missing?.length)
    throw new MotherTongueError(
      'DatasetError',
      `${name} has no column "${missing.join('", "')}"; it has "${columns.slice(0, 50).join('", "')}"${columns.length > 50 ? `, and ${columns.length - 50} more` : ''}.`,
    );
  const sample = good.map((raw) => raw.value!);
  const layout = mapping ? mappedLayout(mapping, columns) : recogniseLayout(columns, first, sample);
  const problems = problemColumns(columns, sample, name, mapping);
  if (layout.schema === 'unknown') refuseStrange(name, columns);
  return new Dataset(name, blob.size, columns, source, { ...layout, columns: new Set(columns), problems }, { ...first });
}

/** Rows of which no column could be chosen as a question or an answer. */
function refuseStrange(name: string, columns: readonly string[]): void {
  if (columns.length === 0) throw new MotherTongueError('DatasetError', `${name} has rows without any field; write {"messages": [...]}.`);
  const isMessage = ['role', 'from'].some((key) => columns.includes(key)) && ['content', 'value'].some((key) => columns.includes(key));
  if (isMessage)
    throw new MotherTongueError(
      'DatasetError',
      `${name} has one message in each row; put all messages of a conversation into one row, {"messages": [...]}.`,
    );
}

/** The first rows that can be parsed, within one sample of each other; they tell the columns. */
async function firstGoodRows(source: RowSource, name: string, options: DatasetOptions): Promise<RawRow[]> {
  let first: RawRow | undefined;
  // Steps grow, so that a million bad rows are passed quickly.
  for (let start = 0, step = COLUMNS_FROM; start < source.length; start += step, step = Math.min(2 * step, 10_000)) {
    throwIfCancelled(options.signal, `Reading ${name}`);
    const sample = await source.read(start, step);
    first ??= sample[0];
    const good = sample.filter((raw) => raw.value !== undefined);
    if (good.length > 0) return good.slice(0, COLUMNS_FROM);
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
