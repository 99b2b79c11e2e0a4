/**
 * Suite `scale`: how the time of an optimizer step grows with the tokens of its stream, 128 -> 512 -> 2048, in one full-attention layer of
 * gpt-oss-20b's widths with LoRA on attention and experts. Everything but attention should grow no faster than the tokens; attention's part is told apart
 * by the pace's estimates, which timestamps have corrected by kernel. Minutes on a software adapter.
 */
import { layoutAdapter, uploadAdapter } from '../../src/engine/adapters/lora.ts';
import type { EncodedRow } from '../../src/engine/batch/encode.ts';
import { initialAdapter, planAdapter } from '../../src/engine/files/adapter-plan.ts';
import type { Gpu } from '../../src/engine/gpu/device.ts';
import { adaptableWeights } from '../../src/engine/models/index.ts';
import type { Session } from '../../src/engine/models/session.ts';
import { planSteps } from '../../src/engine/train/plans.ts';
import { type PreparedRun, prepareRun, TrainingRun } from '../../src/engine/train/run.ts';
import { defaultSettings } from '../../src/protocol/setting-values.ts';
import { describeSubmits, listenToSubmits, type SubmitStats } from './submits.ts';
import { openTrueWidth } from './true-width.ts';

const TOKENS = [128, 512, 2048];
const VOCABULARY = 4096;

export interface StepStats {
  readonly tokens: number;
  readonly seconds: number;
  readonly cpu_seconds: number;
  /** Of `cpu_seconds`. */
  readonly attention_cpu_seconds: number;
  readonly dispatches: number;
  readonly submits: SubmitStats | null;
}

export interface Growth {
  readonly from: number;
  readonly to: number;
  /** CPU time over CPU time, over tokens over tokens: 1 is linear. */
  readonly whole: number;
  /** The same without attention: at most 1 where nothing else grows faster than the tokens. */
  readonly without_attention: number;
}

export interface ScaleStats {
  readonly steps: readonly StepStats[];
  readonly growth: readonly Growth[];
}

export async function benchScale(gpu: Gpu, note: (text: string) => void, tokens: readonly number[] = TOKENS): Promise<ScaleStats> {
  const session = await openTrueWidth(gpu, ['full_attention'], VOCABULARY);
  const submits = listenToSubmits(gpu);
  const steps: StepStats[] = [];
  try {
    await step(session, tokens[0]!, submits); // compiles, and the pace learns
    for (const count of tokens) {
      const stats = await step(session, count, submits);
      steps.push(stats);
      const { seconds, cpu_seconds, attention_cpu_seconds } = stats;
      note(
        `${count} tokens: ${seconds.toFixed(1)} s, CPU ${cpu_seconds.toFixed(1)} s, of that attention ${attention_cpu_seconds.toFixed(1)} s; ${describeSubmits(stats.submits)}`,
      );
    }
  } finally {
    session.store.free(() => true);
  }
  const growth = steps.slice(1).map((to, i) => growthOf(steps[i]!, to));
  for (const { from, to, whole, without_attention } of growth) {
    note(`${from} -> ${to} tokens: ${whole.toFixed(2)} of linear, without attention ${without_attention.toFixed(2)}`);
  }
  return { steps, growth };
}

export function growthOf(from: StepStats, to: StepStats): Growth {
  const more = to.tokens / from.tokens;
  const rest = ({ cpu_seconds, attention_cpu_seconds }: StepStats): number => cpu_seconds - attention_cpu_seconds;
  return {
    from: from.tokens,
    to: to.tokens,
    whole: to.cpu_seconds / from.cpu_seconds / more,
    without_attention: rest(to) / rest(from) / more,
  };
}

/** One optimizer step of one row of so many tokens, the later half trained. */
async function step(session: Session, tokens: number, submits: () => SubmitStats | null): Promise<StepStats> {
  const defaults = defaultSettings('2025-08-05');
  const target_parameters = ['mlp.experts.gate_up_proj', 'mlp.experts.down_proj'];
  const lora = { ...defaults.lora, target_modules: 'all-linear' as const, target_parameters };
  const settings = { ...defaults, lora, per_device_train_batch_size: 1, max_steps: 1 };
  const targets = planAdapter(lora, adaptableWeights(session.config));
  const ids = Uint32Array.from({ length: tokens }, (_, t) => (Math.imul(t + 1, 0x9e3779b1) >>> 8) % VOCABULARY);
  const row: EncodedRow = { row: 0, ids, trained: Uint8Array.from(ids, (_, t) => (t >= tokens / 2 ? 1 : 0)) };
  const run = prepareRun(session, { settings, rows: [row], validation: [], layout: layoutAdapter(targets) });
  // As in 24 layers: blocks are computed again in the backward, whatever the length of the stream.
  const { layout, method } = run;
  const plans = planSteps(session, layout, method.objective, { micro: method.shapes }, { gradient_checkpointing: true });
  const prepared = { ...run, plans };
  const training = await TrainingRun.create(session, prepared);
  uploadAdapter(session.store, prepared.layout, initialAdapter(targets, settings.seed));
  await session.store.gpu.idle();
  submits();
  const before = process.cpuUsage();
  let seconds = 0;
  await training.train({ onStep: ({ step_time }) => (seconds = step_time), onEval: () => {}, between: async () => true });
  const { user, system } = process.cpuUsage(before);
  training.free();
  const cpu_seconds = (user + system) / 1e6;
  const share = attentionSeconds(session, prepared) / seconds;
  const dispatches = plans.micro[0]!.dispatches + plans.optimizer.dispatches;
  return { tokens, seconds, cpu_seconds, attention_cpu_seconds: cpu_seconds * share, dispatches, submits: submits() };
}

/** Wall time of attention's kernels in a step, as the pace has learned it from their timestamps. (Not of all kernels: experts are priced at their most.) */
function attentionSeconds({ store }: Session, { plans }: PreparedRun): number {
  const own = plans.micro[0]!.launches.filter(({ kernel }) => kernel.name.startsWith('attention.'));
  return own.reduce((sum, { kernel, cost = 0 }) => sum + store.gpu.pace.seconds(kernel.name, cost), 0);
}
