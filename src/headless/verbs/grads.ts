/**
 * `grads`: the loss (token mean over the whole batch) and its gradient for every tensor of an adapter, by the adapter's own PEFT keys.
 * Labels stand at their own tokens, as in transformers; the shift by one is done here. With --checkpoint-dtype blocks are recomputed from inputs that were
 * kept so (float32, int16); without, as a run would do it.
 */
import { ARENAS, createAdapter, downloadAdapter, uploadAdapter } from '../../engine/adapters/lora.ts';
import { shapeOf } from '../../engine/batch/buckets.ts';
import type { EncodedRow } from '../../engine/batch/encode.ts';
import { IGNORED, type PackedBatch, pack } from '../../engine/batch/pack.ts';
import { peftTensors } from '../../engine/files/adapter-layout.ts';
import { f32Tensor, writeSafetensors } from '../../engine/files/safetensors-write.ts';
import type { Session } from '../../engine/models/session.ts';
import { type MicroBatchOptions, planSteps } from '../../engine/train/plans.ts';
import { TrainingPrograms } from '../../engine/train/programs.ts';
import { sftObjectives, withInverseCount } from '../../engine/train/sft.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import { choiceOf, parseArguments } from '../arguments.ts';
import { readIds, readJson, readLabels, writeResult } from '../json-files.ts';
import { freeModel, limitsOf, type OpenAdapter, openModel, readAdapterFolder } from '../model-folder.ts';
import type { Runner } from '../runner.ts';

const spec = { model: 'required', adapter: 'required', batch: 'required', out: 'required', 'checkpoint-dtype': 'optional' } as const;

export async function grads(argv: readonly string[], runner: Runner): Promise<void> {
  const args = parseArguments('grads', argv, spec);
  const json = readJson(args.batch);
  const session = await openModel(runner, args.model);
  try {
    const limits = limitsOf(session.config);
    const ids = readIds(json, args.batch, limits);
    const batch = packLabelled(ids, readLabels(json, args.batch, ids, limits), session);
    if (batch.trained === 0)
      throw new MotherTongueError('FileError', `${args.batch} has no label but -100 after the first token of a row, so there is no loss.`);
    const adapter = await readAdapterFolder(args.adapter, session.config);
    const loss = await differentiate(session, adapter, batch, checkpointing(args['checkpoint-dtype']));
    const gradients = await downloadAdapter(session.store, adapter.layout, ARENAS.gradients);
    writeResult(args.out, writeSafetensors(peftTensors(adapter.targets, gradients).set('loss', f32Tensor(Float32Array.of(loss), 1))));
  } finally {
    freeModel(session);
  }
}

/** Unlike a training row, a label here may differ from the token that it stands at. */
function packLabelled(ids: readonly number[][], labels: readonly number[][], { config }: Session): PackedBatch {
  const rows = ids.map(
    (row, r): EncodedRow => ({ row: r, ids: Uint32Array.from(row), trained: Uint8Array.from(labels[r]!, (l) => (l === IGNORED ? 0 : 1)) }),
  );
  const batch = pack(rows, shapeOf(rows), config.pad_token_id ?? 0);
  batch.columns.labels.set(labels.flatMap((row) => row.slice(1).filter((label) => label !== IGNORED)));
  return batch;
}

function checkpointing(dtype: string | undefined): Omit<MicroBatchOptions, 'evaluate'> {
  if (dtype === undefined) return {};
  return { gradient_checkpointing: true, checkpoint_dtype: choiceOf('checkpoint-dtype', dtype, ['float32', 'int16']) };
}

async function differentiate(
  session: Session,
  { layout, tensors }: OpenAdapter,
  batch: PackedBatch,
  options: Omit<MicroBatchOptions, 'evaluate'>,
): Promise<number> {
  createAdapter(session.store, layout, { training: true });
  uploadAdapter(session.store, layout, tensors);
  const plans = planSteps(session, layout, sftObjectives.nll, { micro: [{ T: batch.T, M: batch.M }] }, options);
  const programs = await TrainingPrograms.create(session, plans, 1);
  await programs.microBatch(withInverseCount([batch])[0]!);
  const { loss } = (await programs.stats()).batches[0]!;
  programs.free();
  return loss! / batch.trained;
}
