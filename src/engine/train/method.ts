/**
 * What a training method is, in two seams.
 *
 * An `Objective` is traced once per shape: it turns the last hidden states of the trained rows into a loss, and gives the gradient that the
 * backward starts from. A `Method` says which packed rows each optimizer step sees and what is reported of them. The run loop, the optimiser,
 * the adapter's arenas, checkpoints, pauses and the loss of the device belong to neither (run.ts, programs.ts).
 */
import type { SamplingSettings } from '../../protocol/generation.ts';
import type { Verdict } from '../../protocol/rewards.ts';
import type { RolloutBatchRecord } from '../../protocol/rollouts.ts';
import type { EvalMetrics, StepMetrics, TrainingSettings } from '../../protocol/training.ts';
import type { EncodedRow } from '../batch/encode.ts';
import type { PackedBatch, Shape } from '../batch/pack.ts';
import type { PromptRow } from '../batch/prompt-rows.ts';
import type { TextModel } from '../chat/open-text.ts';
import type { Prompt, Reply } from '../generate/answer.ts';
import type { GenerationSizes } from '../generate/generator.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import type { BaseConfig } from '../models/family.ts';
import type { Matrix } from '../ops/linear.ts';
import type { TrainingPrograms } from './programs.ts';

/** Values that a batch brings for the loss: per trained row, or one for all of them. */
export interface Column {
  readonly name: string;
  readonly dtype: 'f32' | 'i32' | 'u32';
  readonly per: 'row' | 'batch';
  /** Values per trained row; absent: one. */
  readonly width?: number;
}

export interface LossInputs {
  /** [M, C] f32, normed: what `lm_head` multiplies, at the tokens that predict a label. */
  readonly hidden: Tensor;
  readonly head: Matrix;
  /** A column of the objective, [M], [M, width] or [1]. */
  readonly column: (name: string) => Tensor;
  /** [at least one per name of `stats`] f32: the loss adds its sums over the micro-batch here. */
  readonly stats: Tensor;
  /** [M, C]: the same tokens through the weights without the adapter; no gradient flows there. Costs a second forward where it is called. */
  readonly base: () => Tensor;
  /**
   * [M, C]: the second stream of the batch at its trained rows, through the weights without the adapter, with it as it stands, or with its running
   * average (see `Objective.average`); no gradient flows there.
   */
  readonly beside: (of: BesideWeights) => Tensor;
  /** One of `rows` of the objective, [M] f32: written for the host, which reads it with the stats. */
  readonly row: (name: string) => Tensor;
  /** Nothing is differentiated. */
  readonly evaluate: boolean;
}

export type BesideWeights = 'base' | 'adapter' | 'average';

export interface Objective {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Whether the load-balancing loss of mixture-of-experts models is part of it; where it is not, it is only reported. */
  readonly router_aux_loss: boolean;
  /** Names of the sums that `loss` adds to `stats`, in order. */
  readonly stats: readonly string[];
  /** Names of values per trained row that the host reads with the stats; absent: none. */
  readonly rows?: readonly string[];
  /** It reads the running average of the adapter, which then has an arena of its own (zeros at first); the method writes it. Absent: there is none. */
  readonly average?: boolean;
  /** The gradient [M, C] of the loss in `hidden`; may be null where nothing is differentiated. */
  loss(trace: Trace, inputs: LossInputs): Tensor | null;
}

/** Sums over one micro-batch by name: the objective's, and `aux`, the load-balancing loss (0 where it is off). */
export type Stats = Readonly<Record<string, number>>;

/** Values per trained row of one micro-batch by name, [M] each. */
export type RowValues = Readonly<Record<string, Float32Array>>;

/** What a method is made from. */
export interface MethodInput {
  readonly config: BaseConfig;
  readonly settings: TrainingSettings;
  readonly rows: readonly EncodedRow[];
  readonly validation: readonly EncodedRow[];
  /** Questions to answer, for methods that learn from answers of the model's own; those have no rows. */
  readonly prompts?: readonly PromptRow[];
  /** Replays a given data order: one list of row indices per epoch. */
  readonly order?: readonly (readonly number[])[];
}

/** What the rewards say of answers; by answer, then by reward in the order of the settings. */
export interface Judged {
  readonly verdicts: readonly (readonly Verdict[])[];
  /** What each reward pays: its value, or that times the rewards that are gates; null: nothing to say. */
  readonly paid: readonly (readonly (number | null)[])[];
}

/** Absent: the adapter as it stands. */
export type SpeakerName = 'adapter' | 'base';

/** Whoever runs a method that answers gives it this: answers of the adapter as it stands, and what the rewards say of them. */
export interface World {
  /** `of` base: by the model without the adapter, in the sizes of `Method.analyses`. */
  answer(prompts: readonly Prompt[], sampling: SamplingSettings, of?: SpeakerName): Promise<readonly Reply[]>;
  /** `step` of `steps`, for rewards that change over a run; `group`: answers of one prompt, which lie together. */
  judge(rows: readonly PromptRow[], replies: readonly Reply[], at: { step: number; steps: number; group: number }): Promise<Judged>;
  /** Of the run: what looks at batches without learning from them. */
  readonly programs: TrainingPrograms;
  /** Of the model; null where nothing is answered. */
  readonly text: TextModel | null;
  /** A batch of answers has been judged and is about to be learned from; called again when a step on it has shown what became of its tokens. */
  onAnswers(record: RolloutBatchRecord): void;
}

/** What a method reports of a step, by TRL's names; the run adds what is the same for all methods. */
export type MethodMetrics = Omit<StepMetrics, 'step' | 'learning_rate' | 'grad_norm' | 'num_tokens' | 'step_time' | 'tokens_per_second'>;

/** What a run comes to. */
export interface Workload {
  /** Tokens that the run trains on, and labels among them; at most, where answers are still to be given. */
  readonly tokens: number;
  readonly trained_tokens: number;
  /** Answers that it gives itself, to how many prompts, and at most how many tokens they have; absent: it gives none. */
  readonly answers?: { readonly count: number; readonly prompts: number; readonly tokens: number };
}

export interface Method {
  readonly objective: Objective;
  /** Optimizer steps of the whole run. */
  readonly steps: number;
  /** Every shape that a step can need; known before step 1, so that memory is. */
  readonly shapes: readonly Shape[];
  /** Most micro-batches of one optimizer step. */
  readonly max_micro_batches: number;
  /** Weight of the load-balancing loss in each micro-batch; absent: router_aux_loss_coef. */
  readonly aux_loss_weight?: number;
  readonly workload: Workload;
  /** The micro-batches of optimizer step `step`, counted from 0, with all columns of the objective. */
  batches(step: number, world: World): Promise<readonly PackedBatch[]>;
  /** Shapes in which batches are only looked at, beside those of the evaluation. */
  readonly lookingShapes?: readonly Shape[];
  /** Batches of those shapes that each step looks at once more after its update; absent: none. */
  readonly again?: LookingAgain;
  /** Tokens of step `step`, where they are not those of its micro-batches: `seen` for the first time, and `worked` on in its time. */
  tokens?(step: number): { readonly seen: number; readonly worked: number };
  /** Sizes of the batches of answers that it learns from; absent: it answers nothing. */
  readonly answers?: GenerationSizes;
  /** Of what the model is to write without the adapter; absent: nothing. */
  readonly analyses?: GenerationSizes;
  /** Whether a run can begin after `step` steps: nothing that is still to be learned from was made before. Absent: always. */
  resumable?(step: number): boolean;
  /** `rows`: one per micro-batch, by the names of the objective's `rows`. */
  metrics(step: number, stats: readonly Stats[], rows: readonly RowValues[]): MethodMetrics;
  /** Of an objective that reads the adapter's running average: how it moves. */
  readonly average?: AverageSettings;
  /** Rows kept aside; null where there are none. */
  readonly evaluation: Evaluation | null;
  /** What a resumed run must repeat: text that two equal runs have in common, in pieces. */
  readonly fingerprint: Iterable<string>;
}

/**
 * average = (1 - rate) average + rate adapter after every `every`-th optimizer step, the first time a copy. A run begins with the average at the adapter that it
 * begins with; a resumed one needs both.
 */
export interface AverageSettings {
  readonly rate: number;
  readonly every: number;
}

export interface LookingAgain {
  /** Most batches of a step. */
  readonly most: number;
  batches(step: number): readonly PackedBatch[];
  /** Values per trained row: of the step's micro-batches, as the step found them, and of the batches looked at, as it left them. */
  seen(found: readonly RowValues[], left: readonly RowValues[], world: World): void;
}

export interface Evaluation {
  readonly shape: Shape;
  readonly micro_batches: number;
  batches(): readonly PackedBatch[];
  metrics(stats: readonly Stats[]): Omit<EvalMetrics, 'step'>;
}
