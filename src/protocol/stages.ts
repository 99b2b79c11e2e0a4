/**
 * A plan of stages: runs and rejection sampling in an order, each with what earlier ones hand on, an adapter and kept traces. Stages are counted from 1, as
 * people count them. What becomes of a plan is its record: kept after each step, so that it goes on between stages and inside one.
 */
import type { BundledSource, HubSource } from './model.ts';
import type { TraceSettings } from './traces.ts';
import type { TrainingSettings } from './training.ts';

export const STAGE_KINDS = ['grpo', 'sft', 'distillation', 'traces'] as const;
export type StageKind = (typeof STAGE_KINDS)[number];
export type RunKind = Exclude<StageKind, 'traces'>;

/** Rows that a stage learns from or asks; several parts are mixed. */
export interface DataPart {
  /** The dataset that is open when the plan begins, or the traces that the stage of this number kept. */
  of: 'dataset' | number;
  /** Of each language in proportion, the same ones for the same seed; absent: all. */
  rows?: number;
  /** Only rows that ask for a language, or only those that ask for none; absent: both. */
  languages?: 'with' | 'without';
  /** Without the rows of the dataset that the stage of this number takes. */
  but?: number;
}

/** The model that is open when the plan begins, or another that a stage opens. */
export type StageModel = 'open' | BundledSource | Omit<HubSource, 'token'>;

interface AnyStage {
  name: string;
  /** One plain sentence: what it is for. */
  what: string;
  model: StageModel;
  /** The model alone, or the adapter of the earlier stage of this number; of traces: who writes them. */
  from: 'base' | number;
  data: DataPart[];
}

export interface RunStage extends AnyStage {
  kind: RunKind;
  settings: TrainingSettings;
}

export interface TraceStage extends AnyStage {
  kind: 'traces';
  /** `generator` follows `from`, unless it is the ONNX model of Compare. */
  settings: TraceSettings;
}

export type Stage = RunStage | TraceStage;

export interface StagePlan {
  name: string;
  stages: Stage[];
  /** Which rows a part takes where it does not take all. */
  choice_seed: number;
}

export type PlanPhase = 'running' | 'stopped' | 'done' | 'failed';
export type StagePhase = 'waiting' | 'running' | 'stopped' | 'done' | 'failed';

/** What a stage came to, as far as it has it. */
export interface StageFigures {
  steps?: number;
  /** First and last. */
  loss?: [number, number];
  reward?: [number, number];
  /** Of each language asked for, the share of a thought that was in it, at the last probe; null: nothing to judge. */
  languages?: Record<string, number | null>;
  /** Traces kept of those made, and the kept ones by language. */
  kept?: number;
  made?: number;
  kept_languages?: Record<string, number>;
  /** Rows that it learned from or asked. */
  rows?: number;
  seconds?: number;
}

export interface StageState {
  phase: StagePhase;
  message?: string;
  /** What it made: a run of the library with the kept adapter of its end, or a set of traces. */
  run?: string;
  adapter?: string;
  traces?: string;
  figures?: StageFigures;
}

export interface PlanRecord {
  /** A time, in digits. */
  id: string;
  /** ISO date. */
  started: string;
  plan: StagePlan;
  phase: PlanPhase;
  message?: string;
  /** What was open when it began, and must be open to go on. */
  model: { name: string; hash: string };
  dataset: { name: string; hash: string };
  /** One a stage. */
  stages: StageState[];
}
