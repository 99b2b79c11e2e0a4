/**
 * The engine as the page sees it: one object behind Comlink, and one stream of events.
 * Facts that change over time travel only as events; methods return what was asked for, or throw an error whose `name` is its code and whose
 * message is one sentence that a user can act on.
 */
import type {
  ColumnMapping,
  DatasetSource,
  DatasetSummary,
  EncodingSettings,
  HubDatasetOffer,
  RowDetail,
  RowSummary,
  TokenStatistics,
} from './dataset.ts';
import type { QuestionOptions, QuestionSet, QuestionSource } from './evaluation.ts';
import type {
  AnswersQuestion,
  ColumnOf,
  ComparedColumns,
  EvaluationForecast,
  EvaluationFormat,
  EvaluationProgress,
  EvaluationSettings,
  EvaluationSummary,
  EvaluationTable,
  ResultsRoom,
  ShownAnswers,
} from './evaluation-run.ts';
import type { AskRequest, ColumnState, MarkedSentence } from './generation.ts';
import type { HubFindings, HubQuestion } from './hub-search.ts';
import type { KeptRuns } from './kept-runs.ts';
import type { MergeDtype, MergedPlan, MergeTarget } from './merging.ts';
import type {
  AdapterSummary,
  CachedModel,
  DeviceProblem,
  DeviceSummary,
  FolderFile,
  HubOffer,
  HubRepository,
  KeptAdapters,
  ModelSource,
  ModelSummary,
  SelfTestResult,
} from './model.ts';
import type { PreviewedRow, PromptFindings, PromptSource } from './prompt-previews.ts';
import type { PublishPlan, PublishRequest, PublishResult, PublishWhat } from './publishing.ts';
import type { RewardCell, TriedCell, TriedRewards } from './rewards.ts';
import type { RolloutBatchRecord } from './rollouts.ts';
import type { PlanRecord, StagePlan } from './stages.ts';
import type {
  ShownTraces,
  TraceChoice,
  TraceExport,
  TraceForecast,
  TraceProgress,
  TraceRecord,
  TraceSets,
  TraceSettings,
  TracesQuestion,
} from './traces.ts';
import type {
  AdherenceSample,
  EvalMetrics,
  PlanAnswer,
  PlanQuestion,
  RunPhase,
  RunReadiness,
  RunRecord,
  StepMetrics,
  TrainingSettings,
} from './training.ts';

export type EngineEvent =
  | { type: 'device'; device: DeviceSummary | null; problem: DeviceProblem | null }
  | { type: 'device-lost'; message: string }
  | { type: 'progress'; task: string; label: string; done: number; total: number; unit: 'bytes' | 'rows' | 'kernels' | 'steps' | 'tokens' }
  /** `cancelled`: by the user, not by another task of its name. */
  | { type: 'progress-end'; task: string; cancelled?: boolean }
  /** A download was held or goes on; what was fetched is kept either way. */
  | { type: 'download-paused'; paused: boolean }
  | { type: 'cached-models'; models: CachedModel[] }
  | { type: 'model'; model: ModelSummary | null }
  | { type: 'dataset'; dataset: DatasetSummary | null }
  | { type: 'adapter'; adapter: AdapterSummary | null }
  | { type: 'kept-adapters'; kept: KeptAdapters }
  | { type: 'kept-runs'; kept: KeptRuns }
  /** Whether a run is under way in another tab of this origin. */
  | { type: 'elsewhere'; training: boolean }
  /** Bytes on the GPU now, and the planned peak of the run under way; 0: none is. */
  | { type: 'memory'; allocated: number; planned: number }
  | { type: 'run'; run: RunRecord | null }
  | { type: 'run-phase'; phase: RunPhase; message?: string }
  | { type: 'step'; metrics: StepMetrics }
  | { type: 'eval'; metrics: EvalMetrics }
  | { type: 'adherence'; sample: AdherenceSample }
  /** Answers that the run under way learns from now. */
  | { type: 'rollouts'; batch: RolloutBatchRecord }
  /** What a closed tab leaves of the run: its state after `step` steps. `problem`: why it could not be written this time. */
  | { type: 'saved'; step: number; problem?: string }
  | { type: 'column'; request: string; state: ColumnState }
  | { type: 'ask-end'; request: string }
  | { type: 'evaluation'; progress: EvaluationProgress }
  /** The kept ones, newest first, the one under way among them. */
  | { type: 'evaluations'; evaluations: EvaluationSummary[]; room: ResultsRoom }
  | { type: 'traces'; progress: TraceProgress }
  | ({ type: 'trace-sets' } & TraceSets)
  /** Plans of stages, newest first, the one under way among them. */
  | { type: 'plans'; plans: PlanRecord[] }
  | { type: 'peer'; name: string | null }
  | { type: 'self-test'; result: SelfTestResult };

/** The Web Lock that an engine holds while it trains; the browser releases it with the engine, however that ends. */
export const TRAINING_LOCK = 'mother-tongue.training';

export interface ExportBundle {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
}

export type AdapterSource = { kind: 'zip'; name: string; file: Blob } | { kind: 'folder'; name: string; files: FolderFile[] };
export type PeerSource = { kind: 'folder'; name: string; files: FolderFile[] } | { kind: 'hub'; repo: string; revision?: string };

export interface EngineApi {
  /** Opens the GPU and starts the stream of events. Never throws for a missing GPU: a `device` event says so. */
  start(listen: (event: EngineEvent) => void): Promise<void>;
  /** Answers at once, unless the engine is at something that never lets others through. */
  ping(): Promise<void>;
  selfTest(): Promise<{ passed: number; failed: number }>;
  /** After the device was lost: opens the GPU anew and puts back model and adapter; an interrupted run can then be resumed. */
  reopenDevice(): Promise<void>;
  loadModel(source: ModelSource): Promise<ModelSummary>;
  /** Asks the Hub about a repository; fetches nothing larger than its small files. */
  hubOffer(repository: HubRepository): Promise<HubOffer>;
  /** Asks a Hub for models by words: one request, and a newer search cancels an older one. */
  searchHub(question: HubQuestion): Promise<HubFindings>;
  /** Holds the download that loadModel is at, or lets it go on. */
  pauseDownload(paused: boolean): Promise<void>;
  /** Tells the cached models by an event. */
  listCachedModels(): Promise<void>;
  deleteCachedModel(id: string): Promise<void>;
  /** Needs no GPU, no weights and no dataset. */
  plan(question: PlanQuestion): Promise<PlanAnswer>;
  /** The largest max_length, at most the question's, with which a run fits; by the planner's worst case. */
  fittingLength(question: PlanQuestion): Promise<number>;
  /** Asks the Hub which files of a dataset's repository hold rows. */
  hubDataset(repository: HubRepository): Promise<HubDatasetOffer>;
  readDataset(source: DatasetSource, mapping?: ColumnMapping): Promise<DatasetSummary>;
  /** Reads a set of questions, which evaluations and runs then ask. Task `questions`. */
  readQuestions(source: QuestionSource, options?: QuestionOptions): Promise<QuestionSet>;
  rows(start: number, count: number): Promise<RowSummary[]>;
  row(row: number, settings: EncodingSettings): Promise<RowDetail>;
  tokenStatistics(settings: EncodingSettings): Promise<TokenStatistics>;
  /** Begins counting all rows again after it was cancelled; as always, it goes on in the background. */
  countAgain(settings: EncodingSettings): Promise<void>;
  /** `gpu_bytes`: what the GPU has in all, as its owner says (WebGPU does not tell); null or absent: unknown. */
  readiness(settings: TrainingSettings, gpu_bytes?: number | null): Promise<RunReadiness>;
  train(settings: TrainingSettings): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends the run and keeps the adapter as it is. */
  stop(): Promise<void>;
  /**
   * What rewards say of rows that bring a completion (as the headless verb `rewards` reads them), before a run. `settings` by the reward's name. A bad
   * setting is one SettingsError; a row that cannot be read has null with the reason.
   */
  tryRewards(
    rows: readonly Readonly<Record<string, unknown>>[],
    names: readonly string[],
    settings: Readonly<Record<string, unknown>>,
  ): Promise<TriedRewards>;
  /** The rewards of a run's settings on rows of the dataset, judged as the run would: on their own answers, or on a text given in their place. */
  tryOnRows(settings: TrainingSettings, cells: readonly RewardCell[]): Promise<TriedCell[]>;
  /** Prompts of student and teacher of the dataset's row at `index`, from 0, as a run of distillation with these settings asks them. */
  previewPrompts(settings: TrainingSettings, index: number): Promise<PreviewedRow>;
  /** What of the dataset such prompts can be made of. */
  promptSource(): Promise<PromptSource>;
  /** All prompts of a run that learns from answers of its own, and the rows that give none. */
  promptFindings(settings: TrainingSettings): Promise<PromptFindings>;
  /** Steps of a run whose answers are kept, in order. */
  keptRollouts(run: string): Promise<number[]>;
  /** The answers of one step of them. */
  rollouts(run: string, step: number): Promise<RolloutBatchRecord>;
  /** All that is kept of a run's answers as JSON Lines. */
  exportRollouts(run: string): Promise<Blob>;
  ask(request: AskRequest): Promise<void>;
  cancelAsk(): Promise<void>;
  /** Of the questions that were read last. */
  forecastEvaluation(settings: EvaluationSettings): Promise<EvaluationForecast>;
  /** Resolves when it is over, however it ended; the events say how. */
  evaluate(settings: EvaluationSettings): Promise<void>;
  /** Goes on at the first answer that is missing. */
  continueEvaluation(id: string): Promise<void>;
  /** Resolves when what was under way is kept. */
  pauseEvaluation(): Promise<void>;
  /** The kept evaluations, also by an event, which may come later; those that were deleted before are gone. */
  listEvaluations(): Promise<EvaluationSummary[]>;
  /** Also of one under way. */
  evaluationTable(id: string): Promise<EvaluationTable>;
  evaluationAnswers(question: AnswersQuestion): Promise<ShownAnswers>;
  compareEvaluated(first: ColumnOf, second: ColumnOf): Promise<ComparedColumns>;
  exportEvaluation(id: string, format: EvaluationFormat): Promise<Blob>;
  renameEvaluation(id: string, name: string): Promise<void>;
  /** Can be had back until the page is opened anew. */
  deleteEvaluation(id: string): Promise<void>;
  undeleteEvaluation(id: string): Promise<void>;
  /** Of the rows of the open dataset. */
  forecastTraces(settings: TraceSettings): Promise<TraceForecast>;
  /** Asks rows of the open dataset and judges the answers. Resolves with its id when it is over, however it ended; the events say how. */
  makeTraces(settings: TraceSettings): Promise<string>;
  /** Makes the traces that are missing, by the same seeds; needs the model that made the others, not the dataset. */
  continueTraces(id: string): Promise<void>;
  /** Resolves when what was under way is kept. */
  pauseTraces(): Promise<void>;
  /** The kept sets, newest first, also by an event; those that were deleted before are gone. */
  listTraces(): Promise<TraceRecord[]>;
  /** Also of a set under way. */
  shownTraces(question: TracesQuestion): Promise<ShownTraces>;
  /** What the traces of a set would be by other choices: how many are kept, and why not. Sampling stays as it was. */
  reselectTraces(id: string, choice: TraceChoice): Promise<TraceRecord>;
  /** Opens the kept traces as the dataset. */
  openTraces(id: string): Promise<DatasetSummary>;
  /** JSON Lines. */
  exportTraces(id: string, what: TraceExport): Promise<Blob>;
  renameTraces(id: string, name: string): Promise<void>;
  /** Can be had back until the page is opened anew. */
  deleteTraces(id: string): Promise<void>;
  undeleteTraces(id: string): Promise<void>;
  /** The language of each sentence of a finished thought; `requested` '' requested none, `share` is the judgement of the whole. */
  markSentences(text: string, requested: string, share: number | null): Promise<MarkedSentence[]>;
  /** Cancels loading or any other work that shows progress. */
  cancel(task: string): Promise<void>;
  loadPeer(source: PeerSource): Promise<string>;
  removePeer(): Promise<void>;
  exportAdapter(): Promise<ExportBundle>;
  /** The bundled model's folder, as a zip. */
  exportBundledModel(): Promise<ExportBundle>;
  /** The adapter that stood before is kept. */
  importAdapter(source: AdapterSource): Promise<AdapterSummary>;
  /** Takes the adapter off the model; it stays among the kept ones. */
  removeAdapter(): Promise<void>;
  /** What merging the adapter into the model would write; writes nothing. */
  planMerged(dtype: MergeDtype): Promise<MergedPlan>;
  /** The zip, or null once the folder is whole. */
  writeMerged(dtype: MergeDtype, target: MergeTarget): Promise<File | null>;
  /** What publishing would send; sends nothing. */
  planPublish(what: PublishWhat): Promise<PublishPlan>;
  publish(request: PublishRequest): Promise<PublishResult>;
  /** Reports the kept runs by an event, after what a closed tab left of them has been put in order. */
  listRuns(): Promise<void>;
  /** A kept run with all that it logged. */
  keptRun(id: string): Promise<RunRecord>;
  /** Reports a kept run by an event, as if it had just ended. */
  showRun(id: string): Promise<void>;
  renameRun(id: string, name: string): Promise<void>;
  /** With its adapters and checkpoints. Until `purgeRuns`, it can be had back. */
  deleteRun(id: string): Promise<void>;
  undeleteRun(id: string): Promise<void>;
  /** Frees what deleted runs and adapters take. */
  purgeRuns(): Promise<void>;
  /** Goes on with a run that ended before its last step. */
  resumeRun(id: string): Promise<void>;
  /** Runs the stages in order; resolves when it is over, however it ended. The model and the dataset of before it are open again then. */
  startPlan(plan: StagePlan): Promise<void>;
  /** Goes on with the next stage, or inside the one that was stopped. */
  continuePlan(id: string): Promise<void>;
  /** Resolves when what was at work is kept. */
  stopPlan(): Promise<void>;
  /** The kept ones, newest first, also by an event. */
  listPlans(): Promise<PlanRecord[]>;
  /** Its runs and traces stay. */
  deletePlan(id: string): Promise<void>;
  /** A folder as a zip: the plan, and of each stage settings, metrics, adapter and rows. */
  exportPlan(id: string): Promise<{ name: string; blob: Blob }>;
  /** Reports the kept adapters by an event. */
  listKeptAdapters(): Promise<void>;
  /** Puts a kept adapter on the model that it belongs to. */
  standAdapter(id: string): Promise<AdapterSummary>;
  exportKeptAdapter(id: string): Promise<ExportBundle>;
  renameAdapter(id: string, name: string): Promise<void>;
  /** Until `purgeRuns`, it can be had back. */
  deleteAdapter(id: string): Promise<void>;
  undeleteAdapter(id: string): Promise<void>;
}
