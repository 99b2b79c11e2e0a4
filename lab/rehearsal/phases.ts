/** The phases of a rehearsal: ask, train one step, export; each on a session that stands, each with what was planned beside what was allocated. */

import { downloadAdapter, layoutAdapter, uploadAdapter } from '../../src/engine/adapters/lora.ts';
import type { EncodedRow } from '../../src/engine/batch/encode.ts';
import type { TextModel } from '../../src/engine/chat/open-text.ts';
import { type AdapterTensors, initialAdapter, planAdapter } from '../../src/engine/files/adapter-plan.ts';
import { answer, GREEDY } from '../../src/engine/generate/answer.ts';
import { Generator, generationShape, paddedPrompt } from '../../src/engine/generate/generator.ts';
import { generationMemory, planGeneration } from '../../src/engine/generate/memory.ts';
import { adaptableWeights } from '../../src/engine/models/index.ts';
import { computeLogits } from '../../src/engine/models/logits.ts';
import { positionsOf } from '../../src/engine/models/rope.ts';
import type { Session } from '../../src/engine/models/session.ts';
import { memoryPlan } from '../../src/engine/train/memory.ts';
import { prepareRun, TrainingRun } from '../../src/engine/train/run.ts';
import { writeAdapter } from '../../src/headless/verbs/train.ts';
import type { MemoryPlan, StepMetrics, TrainingSettings } from '../../src/protocol/training.ts';

/** Bytes on the GPU as planned and as the store counts them. */
export interface Memory {
  readonly planned: number;
  readonly allocated: number;
  readonly plan: MemoryPlan;
}

export interface Answer {
  readonly ids: readonly number[];
  /** Seconds from the first new token to the last. */
  readonly decoding: number;
  readonly memory: Memory;
}

/** `tokens` greedy ids after `prompt`, whatever they are: nothing ends the row early. */
export async function ask(session: Session, text: TextModel, prompt: Uint32Array, tokens: number): Promise<Answer> {
  const generator = new Generator(session);
  const sampling = { ...GREEDY, max_new_tokens: tokens };
  const [reply] = await answer({ ...text, session, generator }, [{ ids: prompt }], { sampling, adapter: null, ignore_eos: true });
  const shape = generationShape(1, prompt.length + tokens, tokens, positionsOf(session.config));
  const plan = generationMemory(
    session,
    null,
    planGeneration(session, null, { shape, prompt: paddedPrompt(prompt.length) }, session.capabilities),
  );
  const memory = { planned: plan.peak, allocated: session.store.bytes(), plan };
  generator.free();
  return { ids: reply!.ids, decoding: reply!.seconds, memory };
}

/** How many of `ids` are the most likely id with text in one forward over all of them, and the smallest lead over the second. */
export async function recheck(session: Session, prompt: Uint32Array, ids: readonly number[], withText: number) {
  const all = [...prompt, ...ids];
  const logits = await computeLogits(session, all.slice(0, -1));
  const width = session.config.vocab_size;
  let agree = 0;
  let lead = Number.POSITIVE_INFINITY;
  ids.forEach((id, i) => {
    const row = logits.subarray((prompt.length - 1 + i) * width, (prompt.length - 1 + i) * width + withText);
    let [best, second] = [-1, Number.NEGATIVE_INFINITY];
    for (let v = 0; v < row.length; v++) {
      if (best < 0 || row[v]! > row[best]!) {
        second = best < 0 ? second : row[best]!;
        best = v;
      } else second = Math.max(second, row[v]!);
    }
    if (best === id) agree++;
    lead = Math.min(lead, row[best]! - second);
  });
  return { agree, of: ids.length, smallest_lead: lead };
}

export interface Trained {
  readonly metrics: StepMetrics;
  readonly memory: Memory;
  readonly trainable_parameters: number;
  readonly dispatches: number;
  /** lora_B tensors that are not zero after the step, of all: the gradient reached their weights. */
  readonly moved: readonly [number, number];
}

/** Settings as run.json has them, but for one row of `ids` in one micro-batch, and no warm-up, so that the one step moves the adapter. */
export async function trainOneStep(session: Session, recipe: TrainingSettings, ids: Uint32Array, out: string): Promise<Trained> {
  const settings = {
    ...recipe,
    per_device_train_batch_size: 1,
    gradient_accumulation_steps: 1,
    num_train_epochs: 1,
    max_steps: 1,
    validation_split: 0,
    optimizer: { ...recipe.optimizer, warmup_steps: 0 },
  };
  const targets = planAdapter(settings.lora, adaptableWeights(session.config));
  const layout = layoutAdapter(targets);
  const row: EncodedRow = { row: 1, ids, trained: new Uint8Array(ids.length).fill(1) };
  const prepared = prepareRun(session, { settings, rows: [row], validation: [], layout });
  const plan = memoryPlan(session, prepared);
  const run = await TrainingRun.create(session, prepared);
  try {
    const memory = { planned: plan.peak, allocated: session.store.bytes(), plan };
    uploadAdapter(session.store, layout, initialAdapter(targets, settings.seed));
    let metrics: StepMetrics | undefined;
    await run.train({
      onStep: (m) => {
        metrics = m;
      },
      onEval: () => {},
      between: async () => true,
    });
    const tensors = await downloadAdapter(session.store, layout);
    writeAdapter(out, { targets, lora: settings.lora }, tensors, session.name);
    const moved = [targets.filter(({ keyB }) => isMoved(tensors, keyB)).length, targets.length] as const;
    return { metrics: metrics!, memory, trainable_parameters: layout.parameters, dispatches: plan.dispatches, moved };
  } finally {
    run.free();
  }
}

function isMoved(tensors: AdapterTensors, key: string): boolean {
  return tensors.get(key)!.some((value) => value !== 0);
}
