/**
 * `grads`: the loss (token mean over the whole batch) and its gradient for every tensor of an adapter, by the adapter's own PEFT keys.
 * With `"loss": {"type": "grpo", ...}` in the batch the loss is GRPO's, on completions with rewards, and its metrics are written as well (grpo-file.ts);
 * with `"distillation"` it is the divergence of a student from a teacher with another prompt (distillation-file.ts).
 * Labels stand at their own tokens, as in transformers; the shift by one is done here. With --checkpoint-dtype blocks are recomputed from inputs that were
 * kept so (float32, int16); without, as a run would do it.
 */
import { ARENAS, createAdapter, downloadAdapter, uploadAdapter } from '../../engine/adapters/lora.ts';
import { shapeOf } from '../../engine/batch/buckets.ts';
import type { EncodedRow } from '../../engine/batch/encode.ts';
import { IGNORED, type PackedBatch, pack } from '../../engine/batch/pack.ts';
import { peftTensors } from '../../engine/files/adapter-layout.ts';
import { f32Tensor, type TensorData, writeSafetensors } from '../../engine/files/safetensors-write.ts';
import type { Session } from '../../engine/models/session.ts';
import { type MicroBatchOptions, planSteps } from '../../engine/train/plans.ts';
import { TrainingPrograms } from '../../engine/train/programs.ts';
import { sftObjectives, withInverseCount } from '../../engine/train/sft.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import { show } from '../../protocol/rules.ts';
import { choiceOf, parseArguments } from '../arguments.ts';
import { isDistillation, readDistillationFile } from '../distillation-file.ts';
import { differentiateDistillation } from '../grads-distillation.ts';
import { differentiateGrpo } from '../grads-grpo.ts';
import { isGrpo, readGrpoFile } from '../grpo-file.ts';
import { type IdLimits, isObject, readIds, readJson, readLabels, writeResult } from '../json-files.ts';
import { freeModel, limitsOf, type OpenAdapter, openModel, readAdapterFolder } from '../model-folder.ts';
import type { Runner } from '../runner.ts';

const spec = { model: 'required', adapter: 'required', batch: 'required', out: 'required', 'checkpoint-dtype': 'optional' } as const;

export async function grads(argv: readonly string[], runner: Runner): Promise<void> {
  const args = parseArguments('grads', argv, spec);
  const json = readJson(args.batch);
  checkLossType(json, args.batch);
  const session = await openModel(runner, args.model);
  try {
    const options = checkpointing(args['checkpoint-dtype']);
    const limits = limitsOf(session.config);
    // Read before the adapter is, so that a wrong file is named at once.
    const differentiateFile = readFile(json, args.batch, limits, session);
    const adapter = await readAdapterFolder(args.adapter, session.config);
    const results = await differentiateFile(adapter, options);
    const gradients = peftTensors(adapter.targets, await downloadAdapter(session.store, adapter.layout, ARENAS.gradients));
    writeResult(args.out, writeSafetensors(new Map([...gradients, ...results])));
  } finally {
    freeModel(session);
  }
}

type Options = Omit<MicroBatchOptions, 'evaluate'>;

/** What computes the loss of the file and its gradient. */
function readFile(
  json: unknown,
  path: string,
  limits: IdLimits,
  session: Session,
): (adapter: OpenAdapter, options: Options) => Promise<Map<string, TensorData>> {
  if (isGrpo(json)) {
    const file = readGrpoFile(json, path, limits, session.config);
    return (adapter, options) => differentiateGrpo(session, adapter, file, options);
  }
  if (isDistillation(json)) {
    const file = readDistillationFile(json, path, limits);
    return (adapter, options) => differentiateDistillation(session, adapter, file, options);
  }
  const batch = readLabelled(json, path, limits, session);
  return (adapter, options) => differentiate(session, adapter, batch, options);
}

function checkLossType(json: unknown, path: string): void {
  const loss = isObject(json) ? json.loss : undefined;
  if (loss === undefined || isGrpo(json) || isDistillation(json)) return;
  if (isObject(loss) && loss.type === 'sft') {
    const unknown = Object.keys(loss).find((key) => key !== 'type');
    if (unknown === undefined) return;
    throw new MotherTongueError('SettingsError', `${path}: loss.${unknown} is not a setting of sft that is known here.`);
  }
  const type = isObject(loss) ? loss.type : loss;
  throw new MotherTongueError('SettingsError', `${path}: loss.type is ${show(type)} and must be sft or grpo or distillation.`);
}

function readLabelled(json: unknown, path: string, limits: IdLimits, session: Session): PackedBatch {
  const ids = readIds(json, path, limits);
  const batch = packLabelled(ids, readLabels(json, path, ids, limits), session);
  if (batch.trained > 0) return batch;
  throw new MotherTongueError('FileError', `${path} has no label but -100 after the first token of a row, so there is no loss.`);
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

function checkpointing(dtype: string | undefined): Options {
  if (dtype === undefined) return {};
  return { gradient_checkpointing: true, checkpoint_dtype: choiceOf('checkpoint-dtype', dtype, ['float32', 'int16']) };
}

async function differentiate(
  session: Session,
  { layout, tensors }: OpenAdapter,
  batch: PackedBatch,
  options: Options,
): Promise<Map<string, TensorData>> {
  createAdapter(session.store, layout, { training: true });
  uploadAdapter(session.store, layout, tensors);
  const plans = planSteps(session, layout, sftObjectives.nll, { micro: [{ T: batch.T, M: batch.M }] }, options);
  const programs = await TrainingPrograms.create(session, plans, 1);
  await programs.microBatch(withInverseCount([batch])[0]!);
  const { loss } = (await programs.stats()).batches[0]!;
  programs.free();
  return new Map([['loss', f32Tensor(Float32Array.of(loss! / batch.trained), 1)]]);
}
