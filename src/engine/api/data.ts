/** Reading datasets, and showing rows, tokens and statistics exactly as they train. */
import { throwIfCancelled } from '../../lib/cancel.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import type {
  ColumnMapping,
  DatasetSource,
  DatasetSummary,
  EncodingSettings,
  RowDetail,
  RowSummary,
  TokenStatistics,
} from '../../protocol/dataset.ts';
import { rowDetail } from '../batch/encode.ts';
import { type Dataset, openDataset } from '../data/dataset.ts';
import { sha256 } from '../files/hash.ts';
import { encodedSoFar, forgetEncodings, surveyInBackground } from './encoding.ts';
import type { EngineState } from './engine-state.ts';
import { fetchAddress, fetchHubDataset } from './hub-dataset.ts';
import { fetchBundled } from './model.ts';
import { foreignReaders } from './reading.ts';

const BUNDLED = 'datasets/mini/train.jsonl';
const HASHED_WHOLE = 64 * 1024 * 1024;

export async function readDataset(engine: EngineState, source: DatasetSource, mapping?: ColumnMapping): Promise<DatasetSummary> {
  if (engine.run) throw new MotherTongueError('StateError', 'A run is under way; stop it before choosing other data.');
  return engine.task('dataset', 'Reading the dataset', 'rows', async (signal, progress) => {
    const { blob, name } = await open(engine, source, signal);
    const hashing = hashBlob(blob);
    const onUnpack = (file: string, done: number, total: number): void => progress(done, total, `Unpacking ${file}`, 'bytes');
    const foreign = foreignReaders(engine.places, signal, onUnpack);
    const onProgress = (done: number, total: number, unit: 'bytes' | 'rows'): void => progress(done, total, undefined, unit);
    const dataset = await openDataset(blob, name, { mapping, signal, foreign, onProgress });
    const hash = await surveyed(dataset, hashing, signal).catch((error: unknown) => {
      dataset.close();
      throw error;
    });
    forgetEncodings(engine);
    engine.data?.dataset.close();
    engine.data = { dataset, hash, blob, mapping };
    const summary = dataset.summary();
    engine.emit({ type: 'dataset', dataset: summary });
    // With a tokenizer the rows are surveyed as they are encoded, which the page requests next.
    if (summary.sampled !== undefined && summary.schema !== 'unknown' && !engine.text) surveyInBackground(engine);
    return summary;
  });
}

/** What has to be known of a dataset before it takes the place of another; its hash. */
async function surveyed(dataset: Dataset, hashing: Promise<string>, signal: AbortSignal): Promise<string> {
  await dataset.surveySample({ signal });
  const hash = await hashing;
  throwIfCancelled(signal, `Reading ${dataset.name}`);
  return hash;
}

async function open(engine: EngineState, source: DatasetSource, signal: AbortSignal): Promise<{ blob: Blob; name: string }> {
  if (source.kind === 'bundled') return { blob: new Blob([await fetchBundled(BUNDLED, signal)]), name: 'mini.jsonl' };
  if (source.kind === 'file') return { blob: source.file, name: source.name };
  return source.kind === 'hub' ? fetchHubDataset(engine, source, signal) : fetchAddress(engine, source.url, signal);
}

async function hashBlob(blob: Blob): Promise<string> {
  if (blob.size <= HASHED_WHOLE) return sha256(new Uint8Array(await blob.arrayBuffer()));
  const ends = new Blob([blob.slice(0, HASHED_WHOLE / 2), blob.slice(-HASHED_WHOLE / 2), String(blob.size)]);
  return sha256(new Uint8Array(await ends.arrayBuffer()));
}

export async function rows(engine: EngineState, start: number, count: number): Promise<RowSummary[]> {
  return engine.needData().dataset.summaries(start, count);
}

export async function row(engine: EngineState, number: number, settings: EncodingSettings): Promise<RowDetail> {
  const { dataset } = engine.needData();
  const [found] = await dataset.read(dataset.indexOf(number), 1);
  const text = engine.needText();
  return rowDetail(found!, { ...settings, positions: text.positions }, text);
}

export async function tokenStatistics(engine: EngineState, settings: EncodingSettings): Promise<TokenStatistics> {
  const encoded = await encodedSoFar(engine, settings);
  return encoded.select({ ...settings, positions: engine.needText().positions }).statistics;
}
