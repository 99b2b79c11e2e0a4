/** Evaluations that this browser keeps: an answer a line. */
import type { EvaluationSample } from '../../protocol/evaluation.ts';
import type { EvaluationRecord } from '../../protocol/evaluation-run.ts';
import type { ByteStore } from '../files/byte-store.ts';
import { RESULT_LIMITS, ResultShelf } from '../files/result-shelf.ts';
import { askKey } from './asks.ts';

export class EvaluationShelf extends ResultShelf<EvaluationRecord, EvaluationSample> {
  constructor(files: ByteStore, limits = RESULT_LIMITS) {
    super(files, { prefix: 'evaluation', called: 'evaluation', keyOf: askKey, bytesOf }, limits);
  }
}

/** Its answers, and its questions, which are most of the record. */
function bytesOf({ bytes, questions }: EvaluationRecord): number {
  return bytes + questions.reduce((sum, { question, gold }) => sum + question.length + (gold?.length ?? 0), 0);
}
