/** Passes over a dataset in a worker of its own (../encode-worker.ts), which ends with the pass, however that ends. */
import { throwIfCancelled } from '../../lib/cancel.ts';
import { type ErrorName, MotherTongueError } from '../../lib/errors.ts';
import type { ColumnMapping } from '../../protocol/dataset.ts';
import type { FolderFile } from '../../protocol/model.ts';
import type { RenderSettings } from '../batch/encode.ts';
import type { EncodedPiece } from '../batch/encoded-piece.ts';
import type { Findings } from '../data/survey.ts';

export interface PassRequest {
  blob: Blob;
  name: string;
  mapping: ColumnMapping | undefined;
  /** Null: rows are only surveyed. `files` are those of the model that its tokenizer and chat format are read from. */
  text: { files: FolderFile[]; settings: RenderSettings; capacity: number } | null;
}

export type PassReply =
  | { type: 'progress'; done: number; total: number }
  | { type: 'piece'; piece: EncodedPiece }
  | { type: 'done'; findings: Findings }
  | { type: 'failed'; name: string; message: string };

export function encodeInWorker(
  createWorker: () => Worker,
  request: PassRequest,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<{ pieces: EncodedPiece[]; findings: Findings }> {
  throwIfCancelled(signal, `Counting the tokens of ${request.name}`);
  const worker = createWorker();
  const pieces: EncodedPiece[] = [];
  return new Promise<{ pieces: EncodedPiece[]; findings: Findings }>((resolve, reject) => {
    const fail = (name: ErrorName, message: string): void => reject(new MotherTongueError(name, message));
    signal.addEventListener('abort', () =>
      fail('Cancelled', `Counting the tokens of ${request.name} was cancelled; nothing that was loaded before is lost.`),
    );
    worker.addEventListener('error', (event) =>
      fail('StateError', `The tokens could not be counted (${event.message || 'the script did not load'}); reload the page and try again.`),
    );
    worker.addEventListener('message', ({ data }: MessageEvent<PassReply>) => {
      if (data.type === 'progress') onProgress(data.done, data.total);
      else if (data.type === 'piece') pieces.push(data.piece);
      else if (data.type === 'done') resolve({ pieces, findings: data.findings });
      else fail(data.name as ErrorName, data.message); // the name of one of our errors, or of a fault of ours
    });
    worker.postMessage(request);
  }).finally(() => worker.terminate());
}
