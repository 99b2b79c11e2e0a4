/**
 * Suite `train`: optimizer steps of 8 rows of 96 tokens, 58 of them trained, LoRA of rank 8 on q, k, v and o: the shape of the bundled model's
 * default run. One step to warm up, then the median of four.
 */
import { layoutAdapter, uploadAdapter } from '../../src/engine/adapters/lora.ts';
import type { EncodedRow } from '../../src/engine/batch/encode.ts';
import { initialAdapter, planAdapter } from '../../src/engine/files/adapter-plan.ts';
import { adaptableWeights } from '../../src/engine/models/index.ts';
import type { Session } from '../../src/engine/models/session.ts';
import { memoryPlan } from '../../src/engine/train/memory.ts';
import { prepareRun, TrainingRun } from '../../src/engine/train/run.ts';
import { defaultSettings } from '../../src/protocol/setting-values.ts';
import { describeSubmits, listenToSubmits, type SubmitStats } from './submits.ts';

const BATCH = 8;
const TOKENS = 96;
const TRAINED = 58;
const STEPS = 5;

export interface TrainStats {
  readonly rows: number;
  readonly tokens: number;
  readonly trained_tokens: number;
  readonly milliseconds_per_step: number;
  readonly tokens_per_second: number;
  readonly dispatches: number;
  readonly bytes: number;
  /** Of all steps but the first. */
  readonly submits: SubmitStats | null;
}

export async function benchTrain(session: Session, note: (text: string) => void): Promise<TrainStats> {
  const settings = { ...defaultSettings('2025-08-05'), per_device_train_batch_size: BATCH, max_steps: STEPS };
  const targets = planAdapter(settings.lora, adaptableWeights(session.config));
  const rows = Array.from({ length: BATCH }, (_, r): EncodedRow => {
    const ids = Uint32Array.from({ length: TOKENS }, (_, t) => (r * 131 + t * 7) % session.config.vocab_size);
    return { row: r, ids, trained: Uint8Array.from(ids, (_, t) => (t >= TOKENS - TRAINED ? 1 : 0)) };
  });
  const prepared = prepareRun(session, { settings, rows, validation: [], layout: layoutAdapter(targets) });
  const { dispatches, peak } = memoryPlan(session, prepared);
  const run = await TrainingRun.create(session, prepared);
  uploadAdapter(session.store, prepared.layout, initialAdapter(targets, settings.seed));
  const times: number[] = [];
  const submits = listenToSubmits(session.store.gpu);
  await run.train({ onStep: ({ step_time }) => times.push(step_time) === 1 && submits(), onEval: () => {}, between: async () => true });
  run.free();
  const seconds = times.slice(1).sort((a, b) => a - b)[(STEPS - 1) >> 1]!;
  note(`step: ${(seconds * 1000).toFixed(0)} ms`);
  const stats = submits();
  note(describeSubmits(stats));
  const tokens = BATCH * TOKENS;
  return {
    rows: BATCH,
    tokens,
    trained_tokens: BATCH * TRAINED,
    milliseconds_per_step: seconds * 1000,
    tokens_per_second: tokens / seconds,
    dispatches,
    bytes: peak,
    submits: stats,
  };
}
