/**
 * The pass over a dataset that turns its rows into tokens, in pieces, with progress; it can be cancelled and lets other messages of its thread
 * through. The same pass surveys the rows, so that they are parsed once.
 */
import { throwIfCancelled } from '../../lib/cancel.ts';
import type { EncodingSettings } from '../../protocol/dataset.ts';
import type { TextModel } from '../chat/open-text.ts';
import type { Dataset, DatasetOptions, DatasetPiece } from '../data/dataset.ts';
import type { Findings } from '../data/survey.ts';
import { type RenderSettings, tokeniseRow } from './encode.ts';
import { capacityOf, EncodedDataset } from './encoded-dataset.ts';
import { type EncodedPiece, PieceBuilder } from './encoded-piece.ts';

/** Rows are rendered with `settings` and made into tokens by `text`; at most `capacity` are kept of a row. */
export interface Encoding {
  settings: RenderSettings;
  text: TextModel;
  capacity: number;
}

export interface EncodePassOptions extends DatasetOptions {
  onPiece(piece: EncodedPiece): void | Promise<void>;
}

/** A pause for other messages of the thread after this much work. */
const SLICE_MILLISECONDS = 30;

/** Passes over all rows: pieces go to `onPiece` as they come, findings are returned. Without an encoding the rows are only surveyed. */
export async function passOver(dataset: Dataset, encoding: Encoding | null, options: EncodePassOptions): Promise<Findings> {
  const survey = dataset.newSurvey();
  const breather = new Breather(dataset, options.signal);
  for await (const piece of dataset.pieces(options)) {
    for (const row of piece.rows) survey.add(row);
    if (encoding) await options.onPiece(await encodePiece(piece, encoding, breather));
  }
  return survey.findings();
}

/** The whole dataset, on this thread. */
export async function encodeDataset(
  dataset: Dataset,
  settings: EncodingSettings,
  text: TextModel,
  options: DatasetOptions = {},
): Promise<EncodedDataset> {
  const encoding = { settings, text, capacity: capacityOf(settings.max_length) };
  const pieces: EncodedPiece[] = [];
  const findings = await passOver(dataset, encoding, { ...options, onPiece: (piece) => void pieces.push(piece) });
  dataset.adopt(findings);
  return new EncodedDataset(pieces, dataset.length, encoding.capacity);
}

/** As much of a sample as can be encoded within `milliseconds`, at least one run of rows. */
export async function encodeSample(
  dataset: Dataset,
  encoding: Encoding,
  milliseconds: number,
  options: DatasetOptions = {},
): Promise<EncodedDataset> {
  const end = performance.now() + milliseconds;
  const breather = new Breather(dataset, options.signal);
  const pieces: EncodedPiece[] = [];
  for await (const piece of dataset.sample(options)) {
    pieces.push(await encodePiece(piece, encoding, breather));
    if (performance.now() > end) break;
  }
  pieces.sort((a, b) => a.first - b.first);
  return new EncodedDataset(pieces, dataset.length, encoding.capacity);
}

async function encodePiece({ first, rows }: DatasetPiece, encoding: Encoding, breather: Breather): Promise<EncodedPiece> {
  const { settings, text, capacity } = encoding;
  const builder = new PieceBuilder(first, capacity);
  for (const { row, conversation } of rows) {
    await breather.pause();
    const tokens = conversation && (await tokeniseRow(row, conversation, settings, text, capacity));
    builder.add(row, conversation?.reasoning_language ?? '', tokens);
  }
  return builder.build();
}

/** Lets other messages of the thread through every few milliseconds. */
class Breather {
  private next = performance.now() + SLICE_MILLISECONDS;

  constructor(
    private readonly dataset: Dataset,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async pause(): Promise<void> {
    if (performance.now() < this.next) return;
    await new Promise((resolve) => setTimeout(resolve));
    throwIfCancelled(this.signal, `Counting the tokens of ${this.dataset.name}`);
    this.next = performance.now() + SLICE_MILLISECONDS;
  }
}
