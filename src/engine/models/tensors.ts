/**
 * A model's tensors, whatever its family: those of a checkpoint checked against what the family lists, or those that a published checkpoint
 * would have; and what is known from them alone: the weights on the GPU, the count of parameters, the quantisation.
 */
import { throwProblems } from '../../lib/problems.ts';
import type { QuantMethod } from '../../protocol/model.ts';
import type { Dtype } from '../files/dtypes.ts';
import type { ModelCheckpoint } from '../files/safetensors-read.ts';
import { byteLength, type DType, elements } from '../graph/tensor.ts';
import type { BaseConfig, ExpectedTensor } from './family.ts';
import { staysOnHost } from './host-table.ts';
import { expectedTensors } from './index.ts';
import { type DeviceWeight, EMBEDDING, HEAD } from './weights.ts';

/** An expected tensor, with the dtype that it has in the file. */
export interface FoundTensor extends ExpectedTensor {
  readonly dtype: Dtype;
}

/** Throws one ModelError that lists every tensor that is missing, has another shape or dtype, or belongs to no part of the model. */
export function checkTensors(config: BaseConfig, checkpoint: Pick<ModelCheckpoint, 'name' | 'tensors'>): FoundTensor[] {
  const expected = expectedTensors(config, checkpoint);
  const problems: string[] = [];
  const found: FoundTensor[] = [];
  for (const tensor of expected) {
    const { name, shape, dtypes } = tensor;
    const entry = checkpoint.tensors.get(name);
    if (!entry) problems.push(`${name} [${shape.join(', ')}] is missing`);
    else if (entry.shape.join() !== shape.join())
      problems.push(`${name} is [${entry.shape.join(', ')}] and should be [${shape.join(', ')}]`);
    else if (!dtypes.includes(entry.dtype)) problems.push(`${name} is ${entry.dtype} and should be ${dtypes.join(' or ')}`);
    else found.push({ ...tensor, dtype: entry.dtype });
  }
  const known = new Set(expected.map(({ name }) => name));
  // Some savers write the head also when it is tied to the embedding.
  if (config.tie_word_embeddings) known.add(HEAD);
  // Old savers wrote the rotary frequencies, which follow from the config.
  const derived = /\.rotary_emb\.inv_freq$/;
  for (const name of checkpoint.tensors.keys())
    if (!known.has(name) && !derived.test(name)) problems.push(`${name} is not part of the model`);
  throwProblems(
    'ModelError',
    `The weights of ${checkpoint.name} do not fit its config.json`,
    problems,
    'Use config and weights of the same model.',
  );
  return found;
}

/** The tensors of a published checkpoint of this config, for planning before anything is fetched. */
function publishedTensors(config: BaseConfig): FoundTensor[] {
  return expectedTensors(config).map((tensor) => ({ ...tensor, dtype: tensor.dtypes[0]! }));
}

/** What loading puts on the GPU, by name. */
export function plannedWeights(
  config: BaseConfig,
  tensors: readonly FoundTensor[] = publishedTensors(config),
  largestTableOnGpu?: number,
): Map<string, DeviceWeight> {
  const weights = new Map<string, DeviceWeight>();
  for (const tensor of tensors) {
    const name = deviceName(tensor);
    const weight = onDevice(tensor);
    // What is stacked has one dtype, which holds all its parts.
    if (weights.get(name)?.dtype !== 'f32') weights.set(name, weight);
  }
  const embedding = weights.get(EMBEDDING)!;
  if (config.tie_word_embeddings) weights.set(HEAD, embedding);
  if (staysOnHost(byteLength(embedding), config.tie_word_embeddings, largestTableOnGpu)) weights.delete(EMBEDDING);
  return weights;
}

/** The name of what holds it on the GPU. */
export function deviceName({ name, stack }: ExpectedTensor): string {
  return stack?.name ?? name;
}

function onDevice({ kind, shape, dtype, stack }: FoundTensor): DeviceWeight {
  const float: DType = dtype === 'BF16' ? 'bf16' : 'f32';
  if (stack) return { shape: stack.shape, dtype: float };
  switch (kind) {
    case 'vector':
      return { shape, dtype: 'f32' };
    case 'matrix':
      return { shape, dtype: float };
    case 'experts':
      return { shape: [shape[0]!, shape[2]!, shape[1]!], dtype: float };
    case 'blocks':
    case 'scales':
      return { shape, dtype: 'u8' };
    default:
      return kind satisfies never;
  }
}

export function countParameters(tensors: readonly FoundTensor[]): number {
  const valuesOf = { vector: 1, matrix: 1, experts: 1, blocks: 2, scales: 0 };
  return tensors.reduce((n, { kind, shape }) => n + elements(shape) * valuesOf[kind], 0);
}

/** Null where weights are plain numbers. */
export function quantMethod(tensors: readonly FoundTensor[]): QuantMethod | null {
  return tensors.some(({ kind }) => kind === 'blocks') ? 'mxfp4' : null;
}
