/**
 * Rows of a Parquet file through hyparquet, loaded only when such a file is opened. Footer first, then whole row groups as they are needed: the
 * last group read stays decoded, because rows are read in order or near one another.
 */
import type { AsyncBuffer, FileMetaData, SchemaTree } from 'hyparquet';
import { throwIfCancelled } from '../../lib/cancel.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import { uniqueNames } from './column-names.ts';
import { type Convert, converterOf, isConvertedHere, PARSERS, RowFault } from './parquet-values.ts';
import { MAX_COLUMNS, MAX_ROWS, type RawRow, type ReadOptions, type RowSource, tooManyColumns } from './row-source.ts';

interface Note {
  row: number;
  text: string;
}

export async function parquetRows(blob: Blob, name: string, options: ReadOptions): Promise<RowSource> {
  const [{ parquetMetadataAsync, parquetReadObjects, parquetSchema }, { compressors }, { getTreePath }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet-compressors'),
    import('hyparquet/src/schema.js'),
  ]);
  const { checkFooter, checkMetadata, checkPages, chunkRange } = await import('./parquet-check.ts');
  throwIfCancelled(options.signal, `Reading ${name}`);
  const file: AsyncBuffer = { byteLength: blob.size, slice: (start, end) => sliceOf(blob, start, end ?? blob.size) };
  let metadata: FileMetaData;
  let tree: SchemaTree;
  let notes: Note[];
  let converters: Map<string, Convert>;
  try {
    checkFooter(await footerOf(blob));
    metadata = await parquetMetadataAsync(file, { parsers: PARSERS, geoparquet: false });
    const leaves = metadata.schema.filter(({ type }) => type !== undefined).length;
    if (leaves > MAX_COLUMNS) throw tooManyColumns(name, leaves);
    checkMetadata(metadata, leaves, blob.size);
    notes = renameDoubled(metadata, parquetSchema(metadata));
    tree = parquetSchema(metadata);
    converters = new Map(tree.children.map((child) => [child.element.name, converterOf(child)]));
  } catch (error) {
    if (error instanceof MotherTongueError) throw error;
    throw new MotherTongueError('DatasetError', `${name} is not a readable Parquet file (${reasonOf(error)}); export it again.`);
  }
  const rows = Number(metadata.num_rows);
  if (rows > MAX_ROWS) throw new MotherTongueError('DatasetError', `${name} has more than ${MAX_ROWS} rows; split it into smaller files.`);
  // hyparquet makes doubles of decimals and keeps one of two equal keys of a map; without the mark it gives what is stored.
  for (const element of metadata.schema.filter(isConvertedHere))
    Object.assign(element, { converted_type: undefined, logical_type: undefined });
  const starts = groupStarts(metadata);
  const readGroup = async (group: number): Promise<Record<string, unknown>[]> => {
    const [rowStart, rowEnd] = [starts[group]!, starts[group + 1] ?? rows];
    try {
      for (const { meta_data: column } of metadata.row_groups[group]!.columns) {
        const bytes = new Uint8Array(await blob.slice(...chunkRange(column!)).arrayBuffer());
        checkPages(bytes, column!, rowEnd - rowStart, getTreePath(tree, column!.path_in_schema), compressors);
      }
      return await parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd, parsers: PARSERS, utf8: false, geoparquet: false });
    } catch (error) {
      const range = `rows ${rowStart + 1} to ${rowEnd}`;
      throw new MotherTongueError('DatasetError', `${name} cannot be decoded at ${range} (${reasonOf(error)}); export it again.`);
    }
  };
  options.onProgress?.(blob.size, blob.size);
  return new ParquetRows(rows, starts, notes, converters, readGroup);
}

/** The decoder's own words where it has some; damaged bytes also lead it to places that are not there. */
function reasonOf(error: unknown): string {
  const isWords = error instanceof Error && !(error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError);
  return isWords && !error.message.includes('undefined') ? error.message.slice(0, 200) : 'its bytes contradict each other';
}

/** Bytes that the file has; a damaged file may name others. */
function sliceOf(blob: Blob, start: number, end: number): Promise<ArrayBuffer> {
  if (![start, end].every(Number.isSafeInteger) || start < 0 || end < start || end > blob.size)
    throw new Error('it names bytes outside the file');
  return blob.slice(start, end).arrayBuffer();
}

/** The end of the file with all of its footer. */
async function footerOf(blob: Blob): Promise<Uint8Array> {
  const tail = new DataView(await blob.slice(-8).arrayBuffer());
  const length = tail.byteLength === 8 ? tail.getUint32(0, true) + 12 : 0;
  return new Uint8Array(await blob.slice(-Math.min(Math.max(length, 12), blob.size)).arrayBuffer());
}

/** Two columns of one name would be one: the later gets a number, as in CSV. Leaves of a row group are in the schema's order. */
function renameDoubled(metadata: FileMetaData, tree: SchemaTree): Note[] {
  const { names, doubled } = uniqueNames(tree.children.map(({ element }) => element.name));
  let leaf = 0;
  for (const [index, column] of tree.children.entries()) {
    const leaves = leavesOf(column);
    column.element.name = names[index]!;
    for (const group of metadata.row_groups)
      for (const chunk of group.columns.slice(leaf, leaf + leaves)) chunk.meta_data!.path_in_schema[0] = names[index]!;
    leaf += leaves;
  }
  return [
    ...doubled.map(({ name, unique }) => `names the column "${name}" twice; the later one is read as "${unique}"`),
    // hyparquet makes plain objects, in which this name is no field.
    ...(metadata.schema.some(({ name }) => name === '__proto__') ? ['has a column or field "__proto__"; it is left out'] : []),
  ].map((text) => ({ row: 1, text: `is in a file that ${text}` }));
}

function leavesOf({ children }: SchemaTree): number {
  return children.length === 0 ? 1 : children.reduce((sum, child) => sum + leavesOf(child), 0);
}

class ParquetRows implements RowSource {
  readonly format = 'parquet';
  private cached = -1;
  private rows: Promise<Record<string, unknown>[]> = Promise.resolve([]);

  constructor(
    readonly length: number,
    private readonly starts: readonly number[],
    readonly notes: readonly Note[],
    private readonly converters: ReadonlyMap<string, Convert>,
    private readonly readGroup: (group: number) => Promise<Record<string, unknown>[]>,
  ) {}

  rowNumber(index: number): number {
    return index + 1;
  }

  pieceLength(start: number): number {
    return Math.min(this.groupEnd(this.groupOf(start)) - start, 1000);
  }

  async read(start: number, count: number): Promise<RawRow[]> {
    const end = Math.min(start + count, this.length);
    const read: RawRow[] = [];
    for (let index = start; index < end; ) {
      const group = this.groupOf(index);
      const rows = await this.group(group);
      for (; index < Math.min(end, this.groupEnd(group)); index++) {
        read.push(this.convert(index + 1, rows[index - this.starts[group]!]!));
      }
    }
    return read;
  }

  private convert(row: number, fields: Record<string, unknown>): RawRow {
    try {
      const entries = Object.entries(fields).map(([key, value]) => [key, this.converters.get(key)?.(value) ?? null]);
      return { row, value: Object.fromEntries(entries) };
    } catch (error) {
      if (error instanceof RowFault) return { row, fault: error.message };
      throw error;
    }
  }

  private group(group: number): Promise<Record<string, unknown>[]> {
    if (group !== this.cached) {
      this.cached = group;
      this.rows = this.readGroup(group);
    }
    return this.rows;
  }

  private groupOf(index: number): number {
    let [low, high] = [0, this.starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle]! <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private groupEnd(group: number): number {
    return this.starts[group + 1] ?? this.length;
  }
}

function groupStarts(metadata: FileMetaData): number[] {
  let start = 0;
  return metadata.row_groups.map((group) => {
    const first = start;
    start += Number(group.num_rows);
    return first;
  });
}
