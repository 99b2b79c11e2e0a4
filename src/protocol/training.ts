/**
 * Training settings carry the names of TRL's SFTConfig and PEFT's LoraConfig, so that a user's knowledge and files carry over.
 * Defaults and semantics: TRL 1.13, PEFT 0.21, transformers 5.18.
 */
import type { Unjudged } from '../lib/language/unjudged.ts';
import type { EncodingSettings, RowsByMode } from './dataset.ts';
import type { DistillationSettings } from './distillation.ts';
import type { Question } from './evaluation.ts';
import type { GrpoSettings } from './grpo.ts';
import type { EvalMetrics, StepMetrics } from './metrics.ts';

export type { EvalMetrics, StepMetrics } from './metrics.ts';

export interface LoraSettings {
  r: number;
  lora_alpha: number;
  target_modules: 'all-linear' | string[];
  target_parameters: string[] | null;
  use_rslora: boolean;
  rank_pattern: Record<string, number>;
  alpha_pattern: Record<string, number>;
}

export type SchedulerType = 'linear' | 'constant' | 'constant_with_warmup' | 'cosine' | 'cosine_with_min_lr';

export interface OptimizerSettings {
  learning_rate: number;
  lr_scheduler_type: SchedulerType;
  lr_scheduler_kwargs: { min_lr_rate?: number };
  /** Whole steps if >= 1, else a share of all steps, rounded up (transformers 5). */
  warmup_steps: number;
  weight_decay: number;
  adam_beta1: number;
  adam_beta2: number;
  adam_epsilon: number;
  max_grad_norm: number;
}

/** How block inputs wait for the backward where blocks are recomputed: as they are, or in half the room as integers with shared exponents. */
export type CheckpointDtype = 'float32' | 'int16';

export type LossType = 'nll' | 'dft';

/** By what an evaluation is better than another: the metric of that name, with `eval_` before it. */
export type BestMetric = 'loss' | 'accuracy' | 'adherence' | 'format';

/** Where the adapter of a run comes from. */
export type InitAdapter = 'new' | 'standing';

export interface TrainingSettings {
  /** A name of the engine's table of training methods. Absent: sft, as in runs that were saved before there was a choice. */
  method?: string;
  encoding: EncodingSettings;
  lora: LoraSettings;
  /** Ours: go on with the adapter that stands, with its LoRA settings. Absent: a new one. */
  init_adapter?: InitAdapter;
  optimizer: OptimizerSettings;
  per_device_train_batch_size: number;
  gradient_accumulation_steps: number;
  num_train_epochs: number;
  /** -1: by epochs. */
  max_steps: number;
  router_aux_loss_coef: number;
  /** Ours, named as PyTorch names types. Absent: float32, as in runs that were saved before there was a choice. */
  checkpoint_dtype?: CheckpointDtype;
  /** TRL's: `dft` weights each token's loss by its own probability. Absent: nll. */
  loss_type?: LossType;
  /** Of the method grpo; absent in runs of other methods. */
  grpo?: GrpoSettings;
  /** Likewise of the method distillation. */
  distillation?: DistillationSettings;
  seed: number;
  /** Share of rows kept for evaluation, 0..0.5. */
  validation_split: number;
  /** Optimizer steps between evaluations; 0: only at the end. */
  eval_steps: number;
  /** Optimizer steps between checkpoints; 0: none. Absent: 500. */
  save_steps?: number;
  /** Checkpoints of the run that stay. Absent: 5. */
  save_total_limit?: number;
  /** Evaluates before the first step too. Absent: false, as of all that follow up to early_stopping_threshold: their defaults. */
  eval_on_start?: boolean;
  /** Ours: questions of each language that every evaluation asks; 0: none. */
  eval_questions?: number;
  /** Ours: longest answer to one of them. */
  eval_max_new_tokens?: number;
  /** At its end the run has the adapter of its best evaluation. */
  load_best_model_at_end?: boolean;
  /** null: accuracy where questions are asked, else loss. */
  metric_for_best_model?: BestMetric | null;
  /** Evaluations in a row without a better one after which the run ends; 0: never. */
  early_stopping_patience?: number;
  /** How much better counts as better. */
  early_stopping_threshold?: number;
  /** Optimizer steps between adherence probes; 0: off. */
  adherence_steps: number;
  /** Languages whose adherence is probed. */
  adherence_languages: string[];
  /** Question used for the probe when the model brings none of its own. */
  adherence_question?: string;
}

/** A probe of the model while it trains: the same held-out question in each language. */
export interface AdherenceSample {
  step: number;
  language: string;
  question: string;
  thinking: string;
  content: string;
  /** Share of reasoning sentences in the language asked for, 0..1; null when there is no sentence to judge. */
  share: number | null;
  /** Why the share is null. */
  unjudged?: Unjudged;
  /** The same of the answer, where it was asked for in the language too. */
  answer_share?: number | null;
  answer_unjudged?: Unjudged;
}

/** Bytes by class; the sum of all is the planned peak, equal to what the runner allocates. */
export interface MemoryPlan {
  weights: number;
  adapter: number;
  optimizer: number;
  /** Block inputs kept for the backward. */
  checkpoints: number;
  workspace: number;
  loss: number;
  cache: number;
  inputs: number;
  peak: number;
  largest_binding: number;
  dispatches: number;
}

export type Verdict = 'fits' | 'tight' | 'does-not-fit';

/** What to plan: a model by its config.json alone, or the loaded one, with the settings that decide about memory. */
export interface PlanQuestion {
  /** null: the loaded model. */
  config: Record<string, unknown> | null;
  lora: LoraSettings;
  max_length: number;
  per_device_train_batch_size: number;
  /** Absent: float32. */
  checkpoint_dtype?: CheckpointDtype;
  /** The loaded model's run as it would be started: planned from the rows of the dataset where one is open. */
  run?: TrainingSettings;
  /** Rows may be shorter than max_length, so that a run has shapes of several sizes: the plan is an upper bound of theirs. */
  shorter_rows?: true;
  /** The run learns from answers of its own, which max_length does not cut. Absent: it learns from rows. */
  learns_from_answers?: true;
  /** Languages that probes ask in at once while the run goes on. Absent: none. */
  probe_rows?: number;
  /** New tokens of each answer, at most, to the questions on which the run is evaluated while it goes on. Absent: on none. */
  evaluation_tokens?: number;
  /** Adapters asked in one batch, the one that stands among them; several are laid beside each other. Absent: that one. */
  adapters?: number;
  /** Positions of the key/value cache, and rows that are asked at once. */
  cache_length: number;
  cache_rows: number;
  /** What the GPU has in all, as its owner says (WebGPU does not tell); null: unknown. */
  gpu_bytes: number | null;
  /** No change is sought that would make it fit: that takes a dozen plans more. */
  verdict_only?: true;
}

/** A setting to change, or the fewest together where no single one does, and what that comes to. */
export interface PlanChange {
  sentence: string;
  per_device_train_batch_size?: number;
  checkpoint_dtype?: CheckpointDtype;
  max_length?: number;
  r?: number;
  cache_length?: number;
  peak: number;
}

export interface PlanAnswer {
  /** Planned from the rows of the dataset, as readiness is; or for rows that are all `max_length` long. */
  basis: 'rows' | 'longest';
  train: MemoryPlan;
  /** Answering with the adapter, without anything of a run. */
  generate: MemoryPlan;
  trainable_parameters: number;
  verdict: Verdict;
  /** Why, in one sentence. */
  reason: string;
  /** The smallest change that makes it fit; absent where it fits, or where none does. */
  change?: PlanChange;
}

/** Something about a run that is to be, and the place of the page where it is mended. */
export interface ReadinessFinding {
  place: 'model' | 'data' | 'train';
  sentence: string;
  /** One setting that mends it, with what it comes to. */
  mend?: { label: string; max_length?: number; max_completion_length?: number };
}

export interface RunReadiness {
  steps: number;
  rows: number;
  /** Of `rows`; absent where neither the model nor the settings have modes. */
  modes?: RowsByMode;
  /** At most, where the run gives answers that are still unknown. */
  tokens: number;
  trained_tokens: number;
  /** Answers that the run gives itself, to how many prompts, and at most how many tokens they have; absent: it gives none. */
  answers?: { count: number; prompts: number; tokens: number };
  trainable_parameters: number;
  memory: MemoryPlan;
  verdict: Verdict;
  /** The smallest change that makes it fit, when it does not. */
  advice?: string;
  /** Checkpoints that are kept when the run ends, and the size of each. */
  checkpoints: { count: number; bytes: number };
  /** From a measured or estimated rate; absent when nothing was measured yet. */
  seconds?: number;
  /** Rows, tokens, steps and memory are estimated from this many rows; absent once all rows are counted. */
  sampled?: number;
  /** What stops the run from starting. */
  blockers: ReadinessFinding[];
  warnings: ReadinessFinding[];
}

export type RunPhase = 'idle' | 'preparing' | 'training' | 'evaluating' | 'probing' | 'paused' | 'stopping' | 'done' | 'stopped' | 'failed';

export interface RunRecord {
  id: string;
  started: string;
  model: string;
  dataset: string;
  settings: TrainingSettings;
  phase: RunPhase;
  total_steps: number;
  metrics: StepMetrics[];
  evals: EvalMetrics[];
  samples: AdherenceSample[];
  /** What its evaluations ask, chosen before the first step. Absent: nothing. */
  questions?: Question[];
  /** Its adapter is that of this step, the best evaluation's; absent: of the last one. */
  best_step?: number;
  /** Rows of the dataset that a run on prompts does not ask, the first of them with the reason. Absent: none. */
  left_out?: { count: number; rows: { row: number; sentence: string }[] } | undefined;
  /** Steps after which the run was saved. Absent in runs of before this was recorded. */
  saves?: number[];
  message?: string;
}
