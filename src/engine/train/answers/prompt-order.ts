/**
 * Which prompts are answered when, as TRL's RepeatSampler has it: epochs of shuffled prompts drawn from one generator, batches of whole groups, what
 * does not fill one left out; each batch of answers serves `num_iterations` x `steps_per_generation` micro-batches.
 */
import { MotherTongueError } from '../../../lib/errors.ts';
import type { GrpoSettings } from '../../../protocol/grpo.ts';
import type { TrainingSettings } from '../../../protocol/training.ts';
import { randperms } from '../../batch/torch-random.ts';

type OrderSettings = Pick<
  TrainingSettings,
  'per_device_train_batch_size' | 'gradient_accumulation_steps' | 'num_train_epochs' | 'max_steps' | 'seed'
>;

/** How often a prompt is answered, and how often its answers are learned from; absent: once, at once. */
type Groups = Pick<GrpoSettings, 'num_generations'> & Partial<Pick<GrpoSettings, 'num_iterations' | 'steps_per_generation'>>;

export class PromptOrder {
  /** Optimizer steps of the run. */
  readonly steps: number;
  /** Answers of one batch, and prompts that they belong to. */
  readonly answers: number;
  readonly prompts: number;
  /** Micro-batches that a batch of answers is split into. */
  readonly microBatches: number;
  /** Batches of answers of the run. */
  readonly batches: number;
  /** Optimizer steps that learn from one batch of answers. */
  private readonly stepsEach: number;
  private readonly batchesPerEpoch: number;
  private readonly drawn: ReturnType<typeof randperms>;
  /** By epoch: they are drawn one after another. */
  private readonly epochs: number[][] = [];

  constructor(rows: number, settings: OrderSettings, { num_generations, num_iterations = 1, steps_per_generation = null }: Groups) {
    const { per_device_train_batch_size: size, gradient_accumulation_steps: accumulated, num_train_epochs, max_steps } = settings;
    this.microBatches = steps_per_generation ?? accumulated;
    this.answers = size * this.microBatches;
    this.prompts = this.answers / num_generations;
    this.stepsEach = (num_iterations * this.microBatches) / accumulated;
    this.batchesPerEpoch = Math.floor(rows / this.prompts);
    if (this.batchesPerEpoch === 0) {
      throw new MotherTongueError(
        'SettingsError',
        `The dataset has ${rows} prompts and a batch of answers needs ${this.prompts}; lower per_device_train_batch_size, or raise num_generations.`,
      );
    }
    this.steps = max_steps > 0 ? max_steps : Math.ceil(num_train_epochs * this.batchesPerEpoch * this.stepsEach);
    this.batches = Math.ceil(this.steps / this.stepsEach);
    this.drawn = randperms(rows, settings.seed);
  }

  /** The batch of answers that a step learns from, counted from 0, and the how many-th step of it this is. */
  locate(step: number): { batch: number; part: number } {
    return { batch: Math.floor(step / this.stepsEach), part: step % this.stepsEach };
  }

  /** Indices of the prompts of a batch, each once. */
  promptsOf(batch: number): number[] {
    const epoch = Math.floor(batch / this.batchesPerEpoch);
    while (this.epochs.length <= epoch) this.epochs.push(this.drawn.next().value);
    const from = (batch % this.batchesPerEpoch) * this.prompts;
    return this.epochs[epoch]!.slice(from, from + this.prompts);
  }

  /** Epochs done after a step. */
  epochAfter(step: number): number {
    return (step + 1) / (this.stepsEach * this.batchesPerEpoch);
  }
}
