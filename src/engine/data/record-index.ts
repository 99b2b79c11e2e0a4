/**
 * Byte ranges of the records of a text file, found in one pass over windows of a few megabytes. A record that does not end inside its window
 * is looked at again in the next window, which starts where it starts and is twice as large; so no state crosses windows.
 */
import { throwIfCancelled } from '../../lib/cancel.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import { MAX_ROW_BYTES, MAX_ROWS, type ReadOptions } from './row-source.ts';

const WINDOW = 4 * 2 ** 20;

/** Where a record lies inside a window; `next` is where the one after it may begin. */
export interface Found {
  start: number;
  end: number;
  next: number;
  /** Counts towards row numbers (lines, elements); blank lines count but are not kept. */
  keep: boolean;
  /** What is wrong with it already, as the rest of a sentence. */
  fault?: string;
}

/** Finds the record that begins at `from`. `null`: not all of it is in the window. `'end'`: nothing follows. */
export type Splitter = (bytes: Uint8Array, from: number, atEnd: boolean) => Found | null | 'end';

export class RecordIndex {
  length = 0;
  /** Byte at which the splitter returned 'end'; the file's size when it never did. */
  stopped = 0;
  readonly faults = new Map<number, string>();
  private starts = new Float64Array(1024);
  private ends = new Float64Array(1024);
  private numbers = new Uint32Array(1024);

  add(start: number, end: number, row: number, fault: string | undefined): void {
    if (this.length === this.starts.length) this.grow();
    this.starts[this.length] = start;
    this.ends[this.length] = end;
    this.numbers[this.length] = row;
    if (fault !== undefined) this.faults.set(this.length, fault);
    this.length++;
  }

  start(index: number): number {
    return this.starts[index]!;
  }

  end(index: number): number {
    return this.ends[index]!;
  }

  row(index: number): number {
    return this.numbers[index]!;
  }

  private grow(): void {
    const copy = <T extends Float64Array | Uint32Array>(bigger: T, old: T): T => {
      bigger.set(old);
      return bigger;
    };
    const size = this.length * 2;
    this.starts = copy(new Float64Array(size), this.starts);
    this.ends = copy(new Float64Array(size), this.ends);
    this.numbers = copy(new Uint32Array(size), this.numbers);
  }
}

/** Splits the file from byte `from` on; `firstRow` is the number of the first record. */
export async function indexRecords(
  blob: Blob,
  name: string,
  from: number,
  firstRow: number,
  split: Splitter,
  options: ReadOptions,
): Promise<RecordIndex> {
  const index = new RecordIndex();
  let position = from;
  let size = WINDOW;
  let row = firstRow;
  while (position < blob.size) {
    throwIfCancelled(options.signal, `Reading ${name}`);
    const bytes = new Uint8Array(await blob.slice(position, position + size).arrayBuffer());
    const atEnd = position + bytes.length >= blob.size || bytes.length >= 2 * MAX_ROW_BYTES;
    let at = 0;
    for (let found = split(bytes, at, atEnd); found !== null; found = split(bytes, at, atEnd)) {
      if (found === 'end') {
        index.stopped = position + at;
        return index;
      }
      if (found.keep) index.add(position + found.start, position + found.end, row, tooLarge(found) ?? found.fault);
      row++;
      at = found.next;
      if (index.length > MAX_ROWS)
        throw new MotherTongueError('DatasetError', `${name} has more than ${MAX_ROWS} rows; split it into smaller files.`);
      if (at >= bytes.length) break;
    }
    size = at === 0 ? size * 2 : WINDOW;
    position += at;
    options.onProgress?.(position, blob.size);
  }
  index.stopped = blob.size;
  return index;
}

function tooLarge(found: Found): string | undefined {
  return found.end - found.start > MAX_ROW_BYTES ? `is larger than ${MAX_ROW_BYTES / 2 ** 20} MiB; split it` : undefined;
}
