/** Rows of a text file, decoded and parsed when they are read. Bytes that are not UTF-8 are a fault of their row, never replaced silently. */
import type { DatasetFormat } from '../../protocol/dataset.ts';
import type { RecordIndex } from './record-index.ts';
import type { RawRow, RowSource } from './row-source.ts';

const PIECE_BYTES = 4 * 2 ** 20;

export class TextRows implements RowSource {
  constructor(
    readonly format: DatasetFormat,
    private readonly blob: Blob,
    private readonly index: RecordIndex,
    readonly notes: readonly { row: number; text: string }[],
    private readonly parse: (row: number, text: string) => RawRow,
  ) {}

  get length(): number {
    return this.index.length;
  }

  rowNumber(index: number): number {
    return this.index.row(index);
  }

  pieceLength(start: number): number {
    const limit = this.index.start(start) + PIECE_BYTES;
    let count = 1;
    while (start + count < this.index.length && this.index.end(start + count) <= limit) count++;
    return count;
  }

  async read(start: number, count: number): Promise<RawRow[]> {
    const end = Math.min(start + count, this.index.length);
    if (end <= start) return [];
    const rows: RawRow[] = [];
    for (let from = start; from < end; ) {
      const to = Math.min(end, from + this.pieceLength(from));
      for (const row of await this.readPiece(from, to)) rows.push(row);
      from = to;
    }
    return rows;
  }

  private async readPiece(from: number, to: number): Promise<RawRow[]> {
    const base = this.index.start(from);
    const bytes = new Uint8Array(await this.blob.slice(base, this.index.end(to - 1)).arrayBuffer());
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const rows: RawRow[] = [];
    for (let index = from; index < to; index++) {
      const row = this.index.row(index);
      const fault = this.index.faults.get(index);
      if (fault !== undefined) {
        rows.push({ row, fault });
        continue;
      }
      try {
        rows.push(this.parse(row, decoder.decode(bytes.subarray(this.index.start(index) - base, this.index.end(index) - base))));
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // TextDecoder's own error for bytes that are not UTF-8
        rows.push({ row, fault: 'has bytes that are not UTF-8; save the file as UTF-8' });
      }
    }
    return rows;
  }
}
