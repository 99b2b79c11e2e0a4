/**
 * The dataset as tokens, encoded once for (dataset, how rows are rendered, tokenizer) and read by statistics, readiness and training.
 * A small dataset is encoded when it is first needed. Of a large one a sample comes first, so that the page has numbers within a second or two; all
 * of it is encoded in the background, in a worker of its own where the platform has one. There is at most one such job.
 */
import { throwIfCancelled } from '../../lib/cancel.ts';
import type { EncodingSettings } from '../../protocol/dataset.ts';
import type { RenderSettings } from '../batch/encode.ts';
import { encodeSample, passOver } from '../batch/encode-dataset.ts';
import { capacityOf, EncodedDataset } from '../batch/encoded-dataset.ts';
import type { EncodedPiece } from '../batch/encoded-piece.ts';
import type { Findings } from '../data/survey.ts';
import { encodeInWorker } from './encode-in-worker.ts';
import type { EngineState, ModelText, OpenDataset } from './engine-state.ts';
import { textFiles } from './reading.ts';

/** What an encoding is of; `text` null: rows are only surveyed. */
interface Subject {
  readonly data: OpenDataset;
  readonly text: ModelText | null;
  readonly settings: RenderSettings;
  readonly capacity: number;
  /** `settings` as text, to compare. */
  readonly by: string;
}

type Progress = (done: number, total: number) => void;

interface Job {
  readonly subject: Subject;
  readonly encoded: Promise<EncodedDataset>;
  readonly listeners: Set<Progress>;
}

export interface Encodings {
  sample: { subject: Subject; encoded: Promise<EncodedDataset>; control: AbortController } | null;
  whole: { subject: Subject; encoded: EncodedDataset } | null;
  job: Job | null;
  /** Cancelled by the user: begun again only when a run needs it. */
  declined: Subject | null;
}

/** Time for a sample; the rest of a dataset that takes longer is counted in the background. */
const SAMPLE_MILLISECONDS = 300;

/** All rows where they are encoded or soon can be; else a sample, while all rows are encoded in the background. */
export async function encodedSoFar(engine: EngineState, settings: EncodingSettings): Promise<EncodedDataset> {
  const subject = subjectOf(engine, settings);
  const { whole } = engine.encodings;
  if (whole && isSame(whole.subject, subject) && whole.encoded.holds(settings)) return whole.encoded;
  const sample = await sampleOf(engine, subject);
  if (engine.data !== subject.data) return sample;
  if (sample.whole) engine.encodings.whole = { subject, encoded: sample };
  else if (!isBusy(engine, subject) && !isSame(engine.encodings.declined, subject)) startJob(engine, subject);
  return sample;
}

/** All rows, however long that takes. A job that is waited for here is not given up for another one. */
export async function encodedWhole(
  engine: EngineState,
  settings: EncodingSettings,
  signal: AbortSignal,
  onProgress: Progress,
): Promise<EncodedDataset> {
  const soFar = await encodedSoFar(engine, settings);
  if (soFar.whole) return soFar;
  const subject = subjectOf(engine, settings);
  const { job: current } = engine.encodings;
  const job = current && isSame(current.subject, subject) ? current : startJob(engine, subject);
  job.listeners.add(onProgress);
  try {
    return await Promise.race([job.encoded, cancelled(signal)]);
  } finally {
    job.listeners.delete(onProgress);
  }
}

/** After counting was cancelled. */
export async function countAgain(engine: EngineState, settings: EncodingSettings): Promise<void> {
  engine.encodings.declined = null;
  if (engine.text) await encodedSoFar(engine, settings);
  else surveyInBackground(engine);
}

/** Languages and problems of all rows of a large dataset that cannot be encoded yet. */
export function surveyInBackground(engine: EngineState): void {
  const data = engine.needData();
  startJob(engine, { data, text: null, settings: { template: 'hf', date: '', inject_reasoning_language: false }, capacity: 0, by: '' });
}

/** Another dataset takes the place of the one that these are of. */
export function forgetEncodings(engine: EngineState): void {
  engine.cancel('tokens');
  engine.encodings.sample?.control.abort();
  engine.encodings = { sample: null, whole: null, job: null, declined: null };
}

function subjectOf(engine: EngineState, encoding: EncodingSettings): Subject {
  const { template, date, model_identity, reasoning_effort, inject_reasoning_language, inject_answer_language } = encoding;
  const { tool_arguments_as_text, thinking = 'template', think_ratio, think_seed } = encoding;
  const settings: RenderSettings = {
    template,
    date,
    inject_reasoning_language,
    ...(inject_answer_language && { inject_answer_language }),
    ...(tool_arguments_as_text && { tool_arguments_as_text }),
    ...(thinking !== 'template' && { thinking }),
    ...(thinking === 'mixed' && think_ratio !== undefined && { think_ratio }),
    ...(thinking === 'mixed' && think_seed !== undefined && { think_seed }),
    ...(model_identity !== undefined && { model_identity }),
    ...(reasoning_effort !== undefined && { reasoning_effort }),
  };
  const capacity = capacityOf(encoding.max_length);
  return { data: engine.needData(), text: engine.needText(), settings, capacity, by: JSON.stringify(settings) };
}

/** Whether two encodings differ at most in how many tokens of a row are kept. */
function isSame(a: Subject | null, b: Subject): boolean {
  return a !== null && a.data === b.data && a.text === b.text && a.by === b.by;
}

/** The job under way is of this subject, or a run waits for it. */
function isBusy({ encodings: { job } }: EngineState, subject: Subject): boolean {
  return job !== null && (job.listeners.size > 0 || (isSame(job.subject, subject) && job.subject.capacity >= subject.capacity));
}

function sampleOf(engine: EngineState, subject: Subject): Promise<EncodedDataset> {
  const { sample } = engine.encodings;
  if (sample && isSame(sample.subject, subject) && sample.subject.capacity === subject.capacity) return sample.encoded;
  const control = new AbortController();
  const time = engine.places.encodeWorker ? SAMPLE_MILLISECONDS : Number.POSITIVE_INFINITY;
  const encoded = encodeSample(subject.data.dataset, encodingOf(subject)!, time, { signal: control.signal });
  const made = { subject, encoded, control };
  engine.encodings.sample = made;
  encoded.catch(() => {
    if (engine.encodings.sample === made) engine.encodings.sample = null;
  });
  return encoded;
}

function encodingOf({ text, settings, capacity }: Subject) {
  return text && { settings, text, capacity };
}

function startJob(engine: EngineState, subject: Subject): Job {
  const listeners = new Set<Progress>();
  const encoded = engine.task('tokens', 'Counting tokens', 'rows', async (signal, report) => {
    const onProgress: Progress = (done, total) => {
      report(done, total);
      for (const listen of listeners) listen(done, total);
    };
    const { pieces, findings } = await passOverAll(engine, subject, signal, onProgress);
    const { dataset } = subject.data;
    const result = new EncodedDataset(pieces, dataset.length, subject.capacity);
    if (engine.data !== subject.data) return result;
    dataset.adopt(findings);
    if (subject.text) engine.encodings.whole = { subject, encoded: result };
    engine.emit({ type: 'dataset', dataset: dataset.summary() });
    return result;
  });
  const job: Job = { subject, encoded, listeners };
  engine.encodings.job = job;
  engine.encodings.declined = null;
  const ended = (error?: unknown): void => {
    if (engine.encodings.job !== job) return;
    engine.encodings.job = null;
    if (error instanceof Error && error.name === 'Cancelled') engine.encodings.declined = subject;
  };
  encoded.then(() => ended(), ended);
  return job;
}

async function passOverAll(
  engine: EngineState,
  subject: Subject,
  signal: AbortSignal,
  onProgress: Progress,
): Promise<{ pieces: EncodedPiece[]; findings: Findings }> {
  const { encodeWorker } = engine.places;
  if (encodeWorker) {
    const { blob, dataset, mapping } = subject.data;
    const text = subject.text && { files: await textFiles(engine.directory!), settings: subject.settings, capacity: subject.capacity };
    return encodeInWorker(encodeWorker, { blob, name: dataset.name, mapping, text }, signal, onProgress);
  }
  const pieces: EncodedPiece[] = [];
  const findings = await passOver(subject.data.dataset, encodingOf(subject), {
    signal,
    onProgress,
    onPiece: (piece) => void pieces.push(piece),
  });
  return { pieces, findings };
}

function cancelled(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const look = (): void => {
      try {
        throwIfCancelled(signal, 'Counting tokens');
      } catch (error) {
        reject(error);
      }
    };
    look();
    signal.addEventListener('abort', look, { once: true });
  });
}
