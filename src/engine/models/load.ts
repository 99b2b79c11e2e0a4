/**
 * From a checkpoint to the GPU, one tensor at a time and each in ranges, so that host memory stays flat.
 * Matrices keep the checkpoint's encoding; vectors become f32; dense expert matrices, which transformers stores [experts, in, out], are
 * transposed to [experts, out, in], so that kernels know one order.
 */
import { throwIfCancelled } from '../../lib/cancel.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import type { ModelCheckpoint } from '../files/safetensors-read.ts';
import type { Store } from '../gpu/store.ts';
import type { Capabilities } from '../graph/op.ts';
import { bufferSizes } from '../graph/pieces.ts';
import { byteLength, type DType, elements } from '../graph/tensor.ts';
import type { ModelConfig } from './config.ts';
import { checkTensors, type ExpectedTensor, expectedTensors } from './gpt-oss-weights.ts';
import { HostTable, staysOnHost } from './host-table.ts';
import { ropeFrequencies } from './rope.ts';
import type { DeviceWeight } from './weights.ts';

const CHUNK = 8 * 1024 * 1024;
/** Bytes handed to the GPU before we wait for it to have taken them: what writeBuffer holds back in host memory stays below this. */
const IN_FLIGHT = 32 * 1024 * 1024;
/** Positions of the rotary table that are made at a time. */
const ROPE_CHUNK = 8192;
const EMBEDDING = 'model.embed_tokens.weight';
/** Most positions in the rotary table, which is kept whole: 32 MiB for heads of 64. */
const MOST_POSITIONS = 131_072;

export interface LoadOptions {
  /** The embedding table stays on the host when it has more bytes than this; default: what every device allows as one buffer. */
  readonly largestTableOnGpu?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (bytes: number, total: number) => void;
}

export interface LoadedModel {
  readonly config: ModelConfig;
  readonly residents: ReadonlyMap<string, DeviceWeight>;
  /** The embedding table where it stays off the GPU; then it is not among the residents. */
  readonly table: HostTable | null;
  readonly parameters: number;
  readonly quantized: boolean;
}

/** Creates every weight in the store under its checkpoint name, and `rope`. On failure nothing stays. */
export async function loadWeights(
  store: Store,
  checkpoint: ModelCheckpoint,
  config: ModelConfig,
  limits: Pick<Capabilities, 'maxBufferSize' | 'maxStorageBufferBindingSize'>,
  options: LoadOptions = {},
): Promise<LoadedModel> {
  const form = checkTensors(config, checkpoint);
  const residents = plannedResidents(config, checkpoint, options.largestTableOnGpu);
  const expected = expectedTensors(config, form);
  const total = expected.reduce((sum, { name }) => sum + (residents.has(name) ? checkpoint.tensors.get(name)!.bytes : 0), 0);
  const uploader = new Uploader(store, checkpoint);
  let done = 0;
  let parameters = 0;
  try {
    for (const { name, shape } of expected) {
      throwIfCancelled(options.signal, `Loading ${checkpoint.name}`);
      const entry = checkpoint.tensors.get(name)!;
      if (!name.endsWith('_scales')) parameters += elements(shape) * (entry.dtype === 'U8' ? 2 : 1);
      const resident = residents.get(name);
      if (!resident) continue;
      store.createParts(name, bufferSizes(resident, limits, name), 'weights');
      await store.gpu.allocated();
      await uploader.upload(name, shape, resident, (bytes) => {
        throwIfCancelled(options.signal, `Loading ${checkpoint.name}`);
        options.onProgress?.(done + bytes, total);
      });
      done += entry.bytes;
      options.onProgress?.(done, total);
    }
    createRope(store, config);
    await uploader.settle();
  } catch (error) {
    store.free((name) => name === 'rope' || residents.has(name));
    throw error;
  }
  if (config.tie_word_embeddings) store.rename('lm_head.weight', EMBEDDING);
  const table = residents.has(EMBEDDING) ? null : new HostTable(checkpoint, EMBEDDING);
  return { config, residents, table, parameters, quantized: form === 'mxfp4' };
}

/** The longest row that can be trained, and the longest question with its answer. */
export function positionsOf(config: ModelConfig): number {
  return Math.min(config.max_position_embeddings, MOST_POSITIONS);
}

export function ropeShape(config: ModelConfig): number[] {
  return [positionsOf(config), config.head_dim / 2, 2];
}

/** What loading would put on the GPU, for planning without one: by the checkpoint's headers, or without a checkpoint as published (bf16). */
export function plannedResidents(config: ModelConfig, checkpoint?: ModelCheckpoint, largestTableOnGpu?: number): Map<string, DeviceWeight> {
  const form = checkpoint ? checkTensors(config, checkpoint) : config.quantized ? 'mxfp4' : 'dense';
  const dtypeOf = ({ name, dtypes }: ExpectedTensor): string =>
    checkpoint?.tensors.get(name)?.dtype ?? (dtypes[0] === 'U8' ? 'U8' : 'BF16');
  const residents = new Map(expectedTensors(config, form).map((t) => [t.name, residentFor(t.name, t.shape, dtypeOf(t))]));
  const embedding = residents.get(EMBEDDING)!;
  if (config.tie_word_embeddings) residents.set('lm_head.weight', embedding);
  if (staysOnHost(byteLength(embedding), config.tie_word_embeddings, largestTableOnGpu)) residents.delete(EMBEDDING);
  return residents;
}

function isDenseExperts(name: string): boolean {
  return name.endsWith('_proj') && name.includes('.mlp.experts.');
}

function residentFor(name: string, shape: readonly number[], dtype: string): DeviceWeight {
  const isMatrix = name.endsWith('.weight') && shape.length === 2;
  let kept: DType = 'f32';
  if (dtype === 'U8') kept = 'u8';
  else if ((isMatrix || isDenseExperts(name)) && dtype === 'BF16') kept = 'bf16';
  if (isDenseExperts(name)) return { shape: [shape[0]!, shape[2]!, shape[1]!], dtype: kept };
  return { shape, dtype: kept };
}

/** Reads ranges and hands them to the GPU, never further ahead of it than IN_FLIGHT. */
class Uploader {
  private pending = 0;
  constructor(
    private readonly store: Store,
    private readonly checkpoint: ModelCheckpoint,
  ) {}

  async upload(name: string, shape: readonly number[], resident: DeviceWeight, onBytes: (bytes: number) => void): Promise<void> {
    const entry = this.checkpoint.tensors.get(name)!;
    if (isDenseExperts(name)) return this.transposed(name, shape, resident, onBytes);
    if (resident.dtype === 'f32' && entry.dtype !== 'F32') return this.write(name, await this.checkpoint.readFloats(name), 0);
    for (let at = 0; at < entry.bytes; at += CHUNK) {
      const count = Math.min(CHUNK, entry.bytes - at);
      const bytes = await this.checkpoint.read(name, at, count);
      if (name.endsWith('_scales')) checkScales(name, bytes, this.checkpoint.name);
      await this.write(name, bytes, at);
      onBytes(at + count);
    }
  }

  /** Waits until the GPU has everything. */
  async settle(): Promise<void> {
    const { gpu } = this.store;
    gpu.device.queue.submit([]); // writes wait for a submit
    await gpu.idle();
    await gpu.allocated();
    this.pending = 0;
  }

  private async write(name: string, data: Uint8Array | Float32Array, at: number): Promise<void> {
    this.store.write(name, data, at);
    this.pending += data.byteLength;
    if (this.pending >= IN_FLIGHT) await this.settle();
  }

  /** One expert at a time, [in, out] to [out, in]. */
  private async transposed(
    name: string,
    shape: readonly number[],
    resident: DeviceWeight,
    onBytes: (bytes: number) => void,
  ): Promise<void> {
    const [experts, inputs, outputs] = shape as [number, number, number];
    const size = resident.dtype === 'bf16' ? 2 : 4;
    const bytes = inputs * outputs * size;
    for (let e = 0; e < experts; e++) {
      const raw = (await this.checkpoint.read(name, e * bytes, bytes)).slice();
      const from = size === 2 ? new Uint16Array(raw.buffer) : new Uint32Array(raw.buffer);
      const to = size === 2 ? new Uint16Array(from.length) : new Uint32Array(from.length);
      for (let i = 0; i < inputs; i++) for (let o = 0; o < outputs; o++) to[o * inputs + i] = from[i * outputs + o]!;
      await this.write(name, new Uint8Array(to.buffer), e * bytes);
      onBytes((e + 1) * bytes);
    }
  }
}

/** The kernels build 2^(s - 128) from the bits, so the ends of the range have no meaning there; no real checkpoint comes near them. */
function checkScales(name: string, bytes: Uint8Array, model: string): void {
  for (const s of bytes) {
    if (s < 14 || s > 252) {
      throw new MotherTongueError(
        'ModelError',
        `Tensor ${name} of ${model} has the MXFP4 scale byte ${s}, which no trained model has; the file is damaged, download it again.`,
      );
    }
  }
}

function createRope(store: Store, config: ModelConfig): void {
  const shape = ropeShape(config);
  const [positions, pairs] = shape as [number, number];
  const { inv_freq, attention_scaling } = ropeFrequencies(config.rope, config.head_dim);
  const frequencies = Float32Array.from(inv_freq); // transformers multiplies in f32
  store.create('rope', 4 * elements(shape), 'weights');
  const table = new Float32Array(ROPE_CHUNK * pairs * 2);
  for (let first = 0; first < positions; first += ROPE_CHUNK) {
    const count = Math.min(ROPE_CHUNK, positions - first);
    for (let p = 0; p < count; p++) {
      for (let i = 0; i < pairs; i++) {
        const angle = Math.fround((first + p) * frequencies[i]!);
        table[(p * pairs + i) * 2] = Math.cos(angle) * attention_scaling;
        table[(p * pairs + i) * 2 + 1] = Math.sin(angle) * attention_scaling;
      }
    }
    store.write('rope', table.subarray(0, count * pairs * 2), first * pairs * 8);
  }
}
