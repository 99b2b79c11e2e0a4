/** Sets of traces that this browser keeps: a trace a line, and the rows that are asked beside the record. */
import type { ReasoningTrace, TraceRecord } from '../../protocol/traces.ts';
import type { ByteStore } from '../files/byte-store.ts';
import { RESULT_LIMITS, ResultShelf } from '../files/result-shelf.ts';
import { traceKey } from './make.ts';
import { readRowsText, rowsText, type TraceRow } from './trace-rows.ts';

export class TraceShelf extends ResultShelf<TraceRecord, ReasoningTrace> {
  constructor(files: ByteStore, limits = RESULT_LIMITS) {
    super(files, { prefix: 'traces', called: 'set of traces', keyOf: traceKey, bytesOf: ({ bytes }) => bytes }, limits);
  }

  /** Before the record, so that no record is without them; bytes. */
  async putRows(id: string, rows: readonly TraceRow[]): Promise<number> {
    const text = rowsText(rows);
    await this.putBeside(id, text);
    return text.length;
  }

  async rows(id: string): Promise<TraceRow[]> {
    return readRowsText((await this.beside(id)) ?? '');
  }
}
