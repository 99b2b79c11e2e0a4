/**
 * Rows of a Parquet file through hyparquet, loaded only when such a file is opened. Footer first, then whole row groups as they are needed: the
 * last group read stays decoded, because rows are read in order or near one another.
 */
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { throwIfCancelled } from '../../lib/cancel.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import { MAX_ROWS, type RawRow, type ReadOptions, type RowSource } from './row-source.ts';

export async function parquetRows(blob: Blob, name: string, options: ReadOptions): Promise<RowSource> {
  const [{ parquetMetadataAsync, parquetReadObjects }, { compressors }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet-compressors'),
  ]);
  throwIfCancelled(options.signal, `Reading ${name}`);
  const file: AsyncBuffer = { byteLength: blob.size, slice: (start, end) => blob.slice(start, end).arrayBuffer() };
  let metadata: FileMetaData;
  try {
    metadata = await parquetMetadataAsync(file);
  } catch (error) {
    throw new MotherTongueError('DatasetError', `${name} is not a readable Parquet file (${(error as Error).message}); export it again.`);
  }
  const rows = Number(metadata.num_rows);
  if (rows > MAX_ROWS) throw new MotherTongueError('DatasetError', `${name} has more than ${MAX_ROWS} rows; split it into smaller files.`);
  const readGroup = async (rowStart: number, rowEnd: number): Promise<Record<string, unknown>[]> => {
    try {
      return await parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd });
    } catch (error) {
      const range = `rows ${rowStart + 1} to ${rowEnd}`;
      throw new MotherTongueError('DatasetError', `${name} cannot be decoded at ${range} (${(error as Error).message}); export it again.`);
    }
  };
  options.onProgress?.(blob.size, blob.size);
  return new ParquetRows(rows, groupStarts(metadata), readGroup);
}

class ParquetRows implements RowSource {
  readonly format = 'parquet';
  readonly notes = [];
  private cached = -1;
  private rows: Promise<Record<string, unknown>[]> = Promise.resolve([]);

  constructor(
    readonly length: number,
    private readonly starts: readonly number[],
    private readonly readGroup: (start: number, end: number) => Promise<Record<string, unknown>[]>,
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
        read.push({ row: index + 1, value: plain(rows[index - this.starts[group]!]) as Record<string, unknown> });
      }
    }
    return read;
  }

  private group(group: number): Promise<Record<string, unknown>[]> {
    if (group !== this.cached) {
      this.cached = group;
      this.rows = this.readGroup(this.starts[group]!, this.groupEnd(group));
    }
    return this.rows;
  }

  private groupOf(index: number): number {
    let group = 0;
    while (group + 1 < this.starts.length && this.starts[group + 1]! <= index) group++;
    return group;
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

/** Values as JSON would have them: 64-bit integers as numbers, dates as text, bytes as their count. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`;
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
}
