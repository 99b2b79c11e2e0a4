/**
 * The state of the engine: the GPU, the model, the dataset, the adapter, the run. The only state that outlives a call; the other files of this folder
 * are functions over it. The page learns of changes only through `emit`.
 */
import { throwIfCancelled } from '../../lib/cancel.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import type { ColumnMapping } from '../../protocol/dataset.ts';
import type { EngineEvent } from '../../protocol/engine.ts';
import type { QuestionSet } from '../../protocol/evaluation.ts';
import type { AdapterSummary, ModelSource } from '../../protocol/model.ts';
import type { LoraSettings, RunRecord } from '../../protocol/training.ts';
import type { AdapterLayout } from '../adapters/lora.ts';
import type { TextModel } from '../chat/open-text.ts';
import type { TemplateRunner } from '../chat/run-template.ts';
import type { Dataset } from '../data/dataset.ts';
import { JudgingThread } from '../evaluate/judging-thread.ts';
import { EvaluationShelf } from '../evaluate/shelf.ts';
import { AdapterShelf } from '../files/adapter-shelf.ts';
import type { ByteStore } from '../files/byte-store.ts';
import type { RunCheckpoint } from '../files/checkpoint.ts';
import { FileSizes } from '../files/file-sizes.ts';
import type { Disk } from '../files/hub/disk.ts';
import type { PauseSignal } from '../files/hub/pause-signal.ts';
import { PlanShelf } from '../files/plan-shelf.ts';
import { RunLibrary } from '../files/run-library.ts';
import type { Directory } from '../files/source.ts';
import type { Generator } from '../generate/generator.ts';
import type { Gpu } from '../gpu/device.ts';
import type { Session } from '../models/session.ts';
import type { Peer } from '../peer/peer.ts';
import type { RewardThreads } from '../rewards/score.ts';
import { TraceShelf } from '../traces/shelf.ts';
import type { Encodings } from './encoding.ts';
import type { LiveEvaluation } from './live-evaluation.ts';
import type { LivePlan } from './live-plan.ts';
import type { LiveTraces } from './live-traces.ts';

/** The part of a model that needs no GPU: enough to show rows as tokens. */
export interface ModelText extends TextModel {
  readonly questions: readonly string[];
  /** Most tokens of a row. */
  readonly positions: number;
}

export interface OpenModel extends ModelText {
  readonly session: Session;
  readonly generator: Generator;
  readonly hash: string;
}

export interface OpenDataset {
  readonly dataset: Dataset;
  readonly hash: string;
  /** The file, and the columns chosen by hand, so that another thread can open it too. */
  readonly blob: Blob;
  readonly mapping: ColumnMapping | undefined;
}

/** The adapter whose tensors are in the store. */
export interface OpenAdapter {
  readonly layout: AdapterLayout;
  readonly settings: LoraSettings;
  readonly summary: AdapterSummary;
  /** Its id among the kept ones; null until it is kept. */
  readonly kept: string | null;
  /** The run that made it. */
  readonly run?: RunRecord;
}

/** Adapters beside each other, in an arena of their own (answerers.ts). */
export interface JoinedAdapters {
  readonly session: Session;
  /** Ids of kept ones; the one that stands is 'adapter', and `standing` as it was when it was copied. */
  readonly ids: readonly string[];
  readonly standing: OpenAdapter | null;
  readonly layout: AdapterLayout;
}

/** Asks a run to do something at its next step. */
export interface RunControl {
  readonly record: RunRecord;
  paused: boolean;
  stop(): void;
  wake(): void;
}

/** Services of the platform: the browser's, or a test's. */
export interface EnginePlaces {
  /** Bytes that survive a reload. */
  readonly files: ByteStore;
  /** Where fetched models lie; absent where the browser keeps no files for this page. */
  readonly models?: Disk | null;
  /** Shared by all tabs of this origin; absent under Node, where nobody else trains. */
  readonly locks?: LockManager;
  /** Where a GPU comes from; absent where there is no WebGPU. */
  readonly webgpu?: GPU;
  /** Starts a worker that encodes a dataset; absent under Node, where this thread does it. */
  readonly encodeWorker?: () => Worker;
  /** Starts a worker that reads foreign files; absent under Node, where this thread does it. */
  readonly readingWorker?: () => Worker;
  /** Threads that judge completions; absent: plain rewards are judged in this thread, programs of others not at all. */
  readonly rewardThreads?: RewardThreads;
  /** Runs chat templates that are none of the built-in formats. */
  readonly runTemplates?: TemplateRunner;
}

type Unit = Extract<EngineEvent, { type: 'progress' }>['unit'];

export class EngineState {
  gpu: Gpu | null = null;
  /** Why the GPU that was there is gone; null while one is there, and where there never was one. */
  lost: MotherTongueError | null = null;
  /** Where the model came from, so that a reopened GPU can have it again. */
  source: ModelSource | null = null;
  text: ModelText | null = null;
  model: OpenModel | null = null;
  data: OpenDataset | null = null;
  encodings: Encodings = { sample: null, whole: null, job: null, declined: null };
  adapter: OpenAdapter | null = null;
  /** Kept adapters that were asked beside each other, on the GPU until others are. */
  joined: JoinedAdapters | null = null;
  run: RunControl | null = null;
  /** This tab holds the lock under which one tab trains. */
  holdsTraining = false;
  /** The locks that this tab holds for results (result-lock.ts), with what pauses the work under each. */
  readonly held = new Map<string, AbortController>();
  /** Ends, however it ends, with the run, the evaluation or the making of traces that is under way, and all that is kept of it. */
  running: Promise<unknown> = Promise.resolve();
  /** An interrupted run that can be resumed: from `snapshot`, or from the files. */
  resumable: string | null = null;
  /** The last step of the run under way or interrupted, in this memory: a lost GPU takes no more than the step in flight. */
  snapshot: RunCheckpoint | null = null;
  /** Measured by the last run on this model and GPU; runs of another method have another one. null: not yet. */
  pace: { readonly method: string; readonly tokens_per_second: number } | null = null;
  /** Planned peak of the run under way, in bytes; 0: none is. */
  plannedPeak = 0;
  peer: Peer | null = null;
  /** What can be evaluated; null until a set is read. */
  questions: QuestionSet | null = null;
  evaluating: LiveEvaluation | null = null;
  /** The plan of stages under way; it ends, however it ends, with `planning`. */
  plan: LivePlan | null = null;
  planning: Promise<unknown> = Promise.resolve();
  /** The traces that are being made. */
  making: LiveTraces | null = null;
  asking: AbortController | null = null;
  /** The download under way, which can be held. */
  download: PauseSignal | null = null;
  /** Where the loaded model's files are read from, as long as it is loaded. */
  directory: Directory | null = null;
  emit: (event: EngineEvent) => void = () => {};
  private readonly tasks = new Map<string, AbortController>();
  private readonly byUser = new WeakSet<AbortController>();
  private turn: Promise<void> = Promise.resolve();

  readonly files: ByteStore;
  readonly models: Disk | null;
  readonly shelf: AdapterShelf;
  readonly library: RunLibrary;
  readonly plans: PlanShelf;
  readonly sizes: FileSizes;
  readonly evaluations: EvaluationShelf;
  readonly traces: TraceShelf;
  readonly judging: JudgingThread;
  /** Why kept adapters could not be opened, by id. */
  readonly unopened = new Map<string, string>();
  constructor(readonly places: EnginePlaces) {
    this.files = places.files;
    this.models = places.models ?? null;
    this.shelf = new AdapterShelf(places.files, places.locks);
    this.library = new RunLibrary(places.files, places.locks);
    this.plans = new PlanShelf(places.files);
    this.sizes = new FileSizes(places.files);
    this.evaluations = new EvaluationShelf(places.files);
    this.traces = new TraceShelf(places.files);
    this.judging = new JudgingThread(places.rewardThreads?.judge ?? null);
  }

  needGpu(): Gpu {
    if (this.gpu) return this.gpu;
    this.throwLost();
    throw new MotherTongueError('DeviceError', 'There is no GPU; the Model page explains why and what to do.');
  }

  needModel(): OpenModel {
    if (this.model) return this.model;
    this.throwLost();
    if (this.text) this.needGpu(); // it is open as far as it can be without one
    throw new MotherTongueError('StateError', 'No model is loaded yet; choose one on the Model page.');
  }

  needText(): ModelText {
    if (this.text) return this.text;
    throw new MotherTongueError('StateError', 'No model is loaded yet, so there is no tokenizer; choose one on the Model page.');
  }

  needData(): OpenDataset {
    if (this.data) return this.data;
    throw new MotherTongueError('StateError', 'No dataset is loaded yet; choose one on the Data page.');
  }

  /** Throws while the GPU is lost. */
  throwLost(): void {
    if (this.lost) throw this.lost;
  }

  /** Work with progress that can be cancelled by its name; a second call of the same task cancels the first. */
  async task<X>(
    name: string,
    label: string,
    unit: Unit,
    body: (signal: AbortSignal, progress: (done: number, total: number, label?: string, unit?: Unit) => void) => Promise<X>,
  ): Promise<X> {
    this.tasks.get(name)?.abort();
    const control = new AbortController();
    this.tasks.set(name, control);
    const progress = (done: number, total: number, doing = label, of = unit): void => {
      if (this.tasks.get(name) === control) this.emit({ type: 'progress', task: name, label: doing, done, total, unit: of });
    };
    progress(0, 0);
    try {
      return await body(control.signal, progress);
    } catch (error) {
      // What was under way may have noticed in words of its own, such as a fetch that was aborted.
      if (control.signal.aborted && !(error instanceof Error && error.name === 'Cancelled')) throwIfCancelled(control.signal, label);
      throw error;
    } finally {
      if (this.tasks.get(name) === control) {
        this.tasks.delete(name);
        const cancelled = this.byUser.has(control);
        this.emit({ type: 'progress-end', task: name, ...(cancelled && { cancelled }) });
      }
    }
  }

  isAt(task: string): boolean {
    return this.tasks.has(task);
  }

  /** Because something else took its place. */
  cancel(task: string): void {
    this.tasks.get(task)?.abort();
  }

  /** Because the user asked for it, which the page then says. */
  cancelByUser(task: string): void {
    const control = this.tasks.get(task);
    if (!control) return;
    this.byUser.add(control);
    control.abort();
  }

  /** The GPU's programs share slots, so training steps and answers take turns, first come first served. */
  async lock(): Promise<() => void> {
    const before = this.turn;
    let done: () => void = () => {};
    this.turn = new Promise((resolve) => {
      done = resolve;
    });
    await before;
    return done;
  }

  /** What is kept on the GPU; the small buffers of a read that is under way are no part of it. */
  reportMemory(): void {
    this.emit({ type: 'memory', allocated: this.model?.session.store.bytes() ?? 0, planned: this.plannedPeak });
  }
}
