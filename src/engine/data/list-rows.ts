/** Rows that are in memory already, because their file cannot be read row by row. */
import type { DatasetFormat } from '../../protocol/dataset.ts';
import type { RawRow, RowSource } from './row-source.ts';

export class ListRows implements RowSource {
  readonly notes = [];

  constructor(
    readonly format: DatasetFormat,
    private readonly values: readonly Record<string, unknown>[],
  ) {}

  get length(): number {
    return this.values.length;
  }

  rowNumber(index: number): number {
    return index + 1;
  }

  pieceLength(): number {
    return 1000;
  }

  async read(start: number, count: number): Promise<RawRow[]> {
    return this.values.slice(start, start + count).map((value, index) => ({ row: start + index + 1, value }));
  }
}
