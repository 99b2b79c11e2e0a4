/** Self-distillation on completions from a file: gradients, the loss, and the divergence at each id of every completion, as tensors. */
import { type AdapterLayout, createAdapter, uploadAdapter } from '../engine/adapters/lora.ts';
import { shapeOf } from '../engine/batch/buckets.ts';
import type { EncodedRow } from '../engine/batch/encode.ts';
import { pack } from '../engine/batch/pack.ts';
import type { AdapterTensors } from '../engine/files/adapter-plan.ts';
import { f32Tensor, type TensorData } from '../engine/files/safetensors-write.ts';
import type { Session } from '../engine/models/session.ts';
import { distillationObjective } from '../engine/train/distillation/objective.ts';
import { type MicroBatchOptions, planSteps } from '../engine/train/plans.ts';
import { TrainingPrograms } from '../engine/train/programs.ts';
import type { DistillationFile } from './distillation-file.ts';

/** Leaves the gradients in their arena. */
export async function differentiateDistillation(
  session: Session,
  { layout, tensors }: { layout: AdapterLayout; tensors: AdapterTensors },
  { settings, student_prompt_ids, teacher_prompt_ids, completion_ids }: DistillationFile,
  options: Omit<MicroBatchOptions, 'evaluate'>,
): Promise<Map<string, TensorData>> {
  const [student, teacher] = [encode(student_prompt_ids, completion_ids), encode(teacher_prompt_ids, completion_ids)];
  const shape = shapeOf(student, teacher);
  const batch = pack(student, shape, session.config.pad_token_id ?? 0, teacher);
  const weight = new Float32Array(shape.M).fill(1 / batch.trained, 0, batch.trained);
  createAdapter(session.store, layout, { training: true });
  uploadAdapter(session.store, layout, tensors);
  const plans = planSteps(session, layout, distillationObjective(settings), { micro: [shape] }, options);
  const programs = await TrainingPrograms.create(session, plans, 1);
  try {
    await programs.microBatch({ ...batch, columns: { ...batch.columns, weight } });
    const { batches, rows } = await programs.stats();
    const out = new Map([['loss', f32Tensor(Float32Array.of(batches[0]!.loss!), 1)]]);
    let at = 0;
    for (const [row, { length }] of completion_ids.entries()) {
      out.set(`divergence.${row}`, f32Tensor(rows[0]!.divergence!.slice(at, at + length), length));
      at += length;
    }
    return out;
  } finally {
    programs.free();
  }
}

function encode(prompts: DistillationFile['completion_ids'], completions: DistillationFile['completion_ids']): EncodedRow[] {
  return prompts.map((prompt, row) => {
    const ids = Uint32Array.from([...prompt, ...completions[row]!]);
    return { row, ids, trained: new Uint8Array(ids.length).fill(1, prompt.length) };
  });
}
