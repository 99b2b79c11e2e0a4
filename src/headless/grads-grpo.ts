/** One optimizer step of GRPO on a batch from a file: gradients, loss, advantages, log-probabilities and every metric, as tensors. */
import { type AdapterLayout, createAdapter, uploadAdapter } from '../engine/adapters/lora.ts';
import type { AdapterTensors } from '../engine/files/adapter-plan.ts';
import { f32Tensor, type TensorData } from '../engine/files/safetensors-write.ts';
import type { Session } from '../engine/models/session.ts';
import { completionMetrics } from '../engine/train/answers/lengths.ts';
import { scoreRollouts } from '../engine/train/grpo/advantages.ts';
import { type GrpoContext, microBatches } from '../engine/train/grpo/batches.ts';
import { grpoMetrics } from '../engine/train/grpo/metrics.ts';
import { grpoObjective } from '../engine/train/grpo/objective.ts';
import { packStep, valuesByCompletion } from '../engine/train/grpo/step.ts';
import { type MicroBatchOptions, planSteps } from '../engine/train/plans.ts';
import { TrainingPrograms } from '../engine/train/programs.ts';
import type { GrpoFile } from './grpo-file.ts';

/** Leaves the gradients in their arena. */
export async function differentiateGrpo(
  session: Session,
  { layout, tensors }: { layout: AdapterLayout; tensors: AdapterTensors },
  file: GrpoFile,
  options: Omit<MicroBatchOptions, 'evaluate'>,
): Promise<Map<string, TensorData>> {
  const { settings, gradient_accumulation_steps, router_aux_loss_coef, ends, batch, step } = file;
  const { advantages, metrics } = scoreRollouts(batch.rewards, settings);
  const context: GrpoContext = { settings, gradient_accumulation_steps, ends, aux: router_aux_loss_coef !== 0 };
  const batches = microBatches(batch, advantages, step, context);
  const packed = packStep(batches, context, batch.old_logps ? { old_logps: batch.old_logps } : {});
  createAdapter(session.store, layout, { training: true });
  uploadAdapter(session.store, layout, tensors);
  const objective = grpoObjective(settings, { micro_batches: gradient_accumulation_steps, old_logps: batch.old_logps !== undefined });
  const shapes = [...new Map(packed.map(({ T, M }) => [`${T}x${M}`, { T, M }])).values()];
  const made = { batches: [], rows: [] };
  const { batches: stats, rows } = packed.length === 0 ? made : await run();
  async function run() {
    const aux = { router_aux_loss_coef: router_aux_loss_coef / gradient_accumulation_steps };
    const plans = planSteps(session, layout, objective, { micro: shapes }, { ...options, ...aux });
    const programs = await TrainingPrograms.create(session, plans, packed.length);
    try {
      for (const one of packed) await programs.microBatch(one);
      return await programs.stats();
    } finally {
      programs.free();
    }
  }
  const figures = { ...metrics, ...completionMetrics(batch, ends), ...grpoMetrics(settings, batches, stats, router_aux_loss_coef) };
  const out = new Map<string, TensorData>(Object.entries(figures).map(([name, value]) => [name, f32Tensor(Float32Array.of(value), 1)]));
  out.set('advantages', f32Tensor(Float32Array.from(advantages), advantages.length));
  for (const name of objective.rows ?? [])
    for (const [row, values] of valuesByCompletion(batches, rows, name))
      out.set(`${name}.${row}`, f32Tensor(Float32Array.from(values), values.length));
  return out;
}
