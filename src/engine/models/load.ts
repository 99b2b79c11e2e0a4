/**
 * From a checkpoint to the GPU, one tensor at a time and each in ranges, so that host memory stays flat. What is not finite is refused on the way.
 * Matrices keep bf16, MXFP4 and f32 as they lie in the file; f16 and all vectors become f32; dense expert matrices, which transformers stores [experts, in, out], are
 * transposed to [experts, out, in], so that kernels need one order only; matrices of single experts are stacked to that, rows of gate and up in turn.
 */
import { throwIfCancelled } from '../../lib/cancel.ts';
import type { QuantMethod } from '../../protocol/model.ts';
import { DTYPE_BITS, decodeFloats } from '../files/dtypes.ts';
import type { ModelCheckpoint } from '../files/safetensors-read.ts';
import type { Store } from '../gpu/store.ts';
import type { Capabilities } from '../graph/op.ts';
import { bufferSizes } from '../graph/pieces.ts';
import type { BaseConfig, Stack } from './family.ts';
import type { ModelFiles } from './files.ts';
import { checkFinite, checkScales } from './finite.ts';
import { HostTable } from './host-table.ts';
import { createRopes, ropeName } from './rope.ts';
import { countParameters, deviceName, type FoundTensor, plannedWeights, quantMethod } from './tensors.ts';
import { type DeviceWeight, type DeviceWeights, EMBEDDING, HEAD } from './weights.ts';

const CHUNK = 8 * 1024 * 1024;
/** Bytes handed to the GPU before we wait for it to have taken them: what writeBuffer holds back in host memory stays below this. */
const IN_FLIGHT = 32 * 1024 * 1024;

export interface LoadOptions {
  /** The embedding table stays on the host when it has more bytes than this; default: what every device allows as one buffer. */
  readonly largestTableOnGpu?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (bytes: number, total: number) => void;
}

export interface LoadedModel {
  readonly config: BaseConfig;
  /** What the GPU holds, by the checkpoint's names. */
  readonly weights: DeviceWeights;
  /** The embedding table where it stays off the GPU; then it is not among the weights. */
  readonly table: HostTable | null;
  readonly parameters: number;
  readonly quant_method: QuantMethod | null;
}

/** Creates every weight in the store under its checkpoint name, and the rotary tables. On failure nothing stays. */
export async function loadWeights(
  store: Store,
  { config, checkpoint, tensors }: Pick<ModelFiles, 'config' | 'checkpoint' | 'tensors'>,
  limits: Pick<Capabilities, 'maxBufferSize' | 'maxStorageBufferBindingSize'>,
  options: LoadOptions = {},
): Promise<LoadedModel> {
  const weights = plannedWeights(config, tensors, options.largestTableOnGpu);
  const loaded = tensors.filter((tensor) => weights.has(deviceName(tensor)));
  const bytesOf = ({ name }: FoundTensor): number => checkpoint.tensors.get(name)!.bytes;
  const total = loaded.reduce((sum, tensor) => sum + bytesOf(tensor), 0);
  const uploader = new Uploader(store, checkpoint);
  const ropes = Object.keys(config.ropes).map(ropeName);
  let done = 0;
  try {
    for (const tensor of loaded) {
      throwIfCancelled(options.signal, `Loading ${checkpoint.name}`);
      const held = deviceName(tensor);
      const weight = weights.get(held)!;
      if (!tensor.stack || !store.has(held)) {
        store.createParts(held, bufferSizes(weight, limits, held), 'weights');
        await store.gpu.allocated();
      }
      await uploader.upload(tensor, weight, (bytes) => {
        throwIfCancelled(options.signal, `Loading ${checkpoint.name}`);
        options.onProgress?.(done + bytes, total);
      });
      done += bytesOf(tensor);
      options.onProgress?.(done, total);
    }
    createRopes(store, config);
    await uploader.settle();
  } catch (error) {
    store.free((name) => ropes.includes(name) || weights.has(name));
    throw error;
  }
  if (config.tie_word_embeddings) store.rename(HEAD, EMBEDDING);
  const table = weights.has(EMBEDDING) ? null : new HostTable(checkpoint, EMBEDDING, config.embedding_scale);
  return { config, weights, table, parameters: countParameters(tensors), quant_method: quantMethod(tensors) };
}

/** Reads ranges and hands them to the GPU, never further ahead of it than IN_FLIGHT. */
class Uploader {
  private pending = 0;
  constructor(
    private readonly store: Store,
    private readonly checkpoint: ModelCheckpoint,
  ) {}

  async upload(tensor: FoundTensor, weight: DeviceWeight, onBytes: (bytes: number) => void): Promise<void> {
    const { name, kind, dtype, times = 1, plus = 0 } = tensor;
    const entry = this.checkpoint.tensors.get(name)!;
    const { bytes } = entry;
    if (kind === 'experts') return this.transposed(tensor, onBytes);
    if (tensor.stack) {
      await this.stacked(tensor, tensor.stack, weight);
      return onBytes(bytes);
    }
    const widened = weight.dtype === 'f32' && dtype !== 'F32'; // two bytes become four
    for (let at = 0; at < bytes; at += CHUNK) {
      const count = Math.min(CHUNK, bytes - at);
      const chunk = await this.checkpoint.read(name, at, count);
      if (kind === 'scales') checkScales(entry, chunk, at);
      else checkFinite(entry, chunk, (8 * at) / DTYPE_BITS[dtype]);
      if (times !== 1 || plus !== 0)
        await this.write(
          name,
          decodeFloats(name, dtype, chunk).map((w) => times * (w + plus)),
          widened ? 2 * at : at,
        );
      else if (widened) await this.write(name, decodeFloats(name, dtype, chunk), 2 * at);
      else await this.write(name, chunk, at);
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

  /** Of an expert's gate, until its up comes. */
  private even: Uint8Array | null = null;

  /** A whole matrix of one expert. */
  private async stacked({ name, dtype }: FoundTensor, { name: held, shape, expert, rows }: Stack, weight: DeviceWeight): Promise<void> {
    const raw = await this.checkpoint.read(name);
    checkFinite(this.checkpoint.tensors.get(name)!, raw, 0);
    const floats = weight.dtype === 'f32' ? decodeFloats(name, dtype, raw) : raw;
    const bytes = new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
    if (rows === 'even') this.even = bytes;
    else {
      const whole = rows === 'all' ? bytes : inTurn(this.even!, bytes, bytes.length / (shape[1] / 2));
      await this.write(held, whole, expert * whole.length);
    }
  }

  /** One expert at a time, [in, out] to [out, in]. */
  private async transposed({ name, shape, dtype }: FoundTensor, onBytes: (bytes: number) => void): Promise<void> {
    const [experts, inputs, outputs] = shape as [number, number, number];
    const size = dtype === 'BF16' ? 2 : 4;
    const bytes = inputs * outputs * size;
    for (let e = 0; e < experts; e++) {
      const raw = (await this.checkpoint.read(name, e * bytes, bytes)).slice();
      checkFinite(this.checkpoint.tensors.get(name)!, raw, e * inputs * outputs);
      const from = size === 2 ? new Uint16Array(raw.buffer) : new Uint32Array(raw.buffer);
      const to = size === 2 ? new Uint16Array(from.length) : new Uint32Array(from.length);
      for (let i = 0; i < inputs; i++) for (let o = 0; o < outputs; o++) to[o * inputs + i] = from[i * outputs + o]!;
      await this.write(name, new Uint8Array(to.buffer), e * bytes);
      onBytes((e + 1) * bytes);
    }
  }
}

/** Rows of `row` bytes, one of each in turn. */
function inTurn(even: Uint8Array, odd: Uint8Array, row: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(even.length + odd.length);
  for (let at = 0; at < even.length; at += row) {
    out.set(even.subarray(at, at + row), 2 * at);
    out.set(odd.subarray(at, at + row), 2 * at + row);
  }
  return out;
}
