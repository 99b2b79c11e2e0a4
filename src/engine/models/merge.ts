/**
 * A model with an adapter merged into its weights: W + s B A, computed in f32 and rounded once to the dtype that is written, tensor by tensor in slabs of
 * rows, so that host memory stays flat. PEFT 0.21's merge_and_unload, for modules and for expert parameters (LoraLayer and ParamWrapper
 * get_delta_weight). MXFP4 holds no sums, so once one expert weight is adapted, all experts are written unpacked, as transformers stores dense
 * ones: [experts, in, out]. The head of a tied model is the embedding and is never adapted, so it stays tied.
 */
import { throwIfCancelled } from '../../lib/cancel.ts';
import { MotherTongueError } from '../../lib/errors.ts';

import type { AdapterTarget, AdapterTensors } from '../files/adapter-plan.ts';
import { DTYPE_BITS, type Dtype, decodeFloats, encodeFloats, type FloatDtype, firstNotFinite, placeOf } from '../files/dtypes.ts';
import { decodeMxfp4 } from '../files/mxfp4.ts';
import { byteCount } from '../files/safetensors-write.ts';
import type { Bytes } from '../files/source.ts';
import type { Stack } from './family.ts';
import type { ModelFiles } from './files.ts';
import { checkFinite, checkScales } from './finite.ts';
import type { FoundTensor } from './tensors.ts';
import { EMBEDDING } from './weights.ts';

const SLAB_VALUES = 2 ** 21;
const SAMPLE_VALUES = 2 ** 16;

export interface MergeInput {
  readonly files: Pick<ModelFiles, 'checkpoint' | 'tensors'>;
  readonly adapter: { readonly targets: readonly AdapterTarget[]; readonly tensors: AdapterTensors };
  /** Of every float tensor; null keeps each one's own. */
  readonly dtype: FloatDtype | null;
}

export interface MergedTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly bytes: number;
  /** Whether the adapter changes it. */
  readonly changed: boolean;
  /** In order, as many as make up the tensor. */
  slabs(values?: number): Slab[];
}

interface Slab {
  compute(): Promise<SlabValues>;
}

/** `base` is null where the slab is handed on as it lies in the file. */
type SlabValues = { bytes: Bytes; base: null } | { base: Float32Array<ArrayBuffer>; merged: Float32Array<ArrayBuffer>; first: number };

/** Every tensor of the merged model, in the model's order. */
export function mergedTensors({ files, adapter, dtype }: MergeInput): MergedTensor[] {
  const { tensors } = files;
  const targets = new Map(adapter.targets.map((target) => [target.kind === 'module' ? `${target.path}.weight` : target.path, target]));
  const unpack = adapter.targets.some(({ kind }) => kind === 'expert') && tensors.some(({ kind }) => kind === 'blocks');
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const own = tensors.find(({ name }) => name === EMBEDDING)!.dtype;
  return tensors.flatMap((tensor): MergedTensor[] => {
    if (unpack && tensor.kind === 'scales') return []; // read with their blocks
    if (unpack && tensor.kind === 'blocks') {
      const path = tensor.name.replace(/_blocks$/, '');
      return [unpacked(files, tensor, byName.get(`${path}_scales`)!, lowRank(adapter, targets.get(path)), dtype ?? own)];
    }
    const { stack } = tensor;
    const change = stack ? partOf(lowRank(adapter, targets.get(stack.name)), stack) : lowRank(adapter, targets.get(tensor.name));
    const written = DTYPE_BITS[tensor.dtype] >= 16 ? (dtype ?? tensor.dtype) : tensor.dtype;
    if (tensor.kind === 'experts' && change) return [denseExperts(files, tensor, change, written)];
    return [rows(files, tensor, change, written)];
  });
}

/** The bytes of a tensor as it is written. A value that the dtype cannot hold is a ModelError. */
export async function* tensorBytes(tensor: MergedTensor, signal?: AbortSignal): AsyncGenerator<Bytes> {
  for (const slab of tensor.slabs()) {
    throwIfCancelled(signal, 'Merging');
    const values = await slab.compute();
    if (values.base === null) yield values.bytes;
    else yield rounded(tensor, values);
  }
}

function rounded({ name, dtype, shape }: MergedTensor, { merged, first }: { merged: Float32Array<ArrayBuffer>; first: number }): Bytes {
  const bytes = encodeFloats(dtype as FloatDtype, merged);
  const found = firstNotFinite(dtype, bytes);
  if (found === null) return bytes;
  throw new MotherTongueError(
    'ModelError',
    `Tensor ${name} has the value ${merged[found.index]} at ${placeOf(first + found.index, shape)} after merging, which ${dtype} does not hold (f16 ends at 65,504): write bf16 or f32.`,
  );
}

/** What rounding does to the change that the adapter makes, over a sample of each changed tensor. */
export interface MergeLoss {
  /** |rounded - exact| / |exact - base|, Frobenius. */
  readonly relativeError: number;
  /** Of the weights that the adapter changes, those that are written as they were. */
  readonly unchangedRatio: number;
}

/** Null where nothing is changed; a ModelError where the dtype does not hold a sum. `values`: how many of each tensor are looked at, at least a row; all of them with infinity. */
export async function mergeLoss(
  tensors: readonly MergedTensor[],
  { values = SAMPLE_VALUES, signal }: { values?: number; signal?: AbortSignal } = {},
): Promise<MergeLoss | null> {
  const sum = { error: 0, change: 0, same: 0, count: 0 };
  for (const tensor of tensors.filter(({ changed }) => changed)) {
    const slabs = tensor.slabs(Math.min(values, SLAB_VALUES));
    const looked = values === Number.POSITIVE_INFINITY ? slabs : [slabs[slabs.length >> 1]!];
    for (const slab of looked) {
      throwIfCancelled(signal, 'Merging');
      const found = await slab.compute();
      if (found.base !== null) addLoss(sum, found.base, found.merged, decodeFloats('', tensor.dtype, rounded(tensor, found)));
    }
  }
  if (sum.change === 0) return null;
  return { relativeError: Math.sqrt(sum.error / sum.change), unchangedRatio: sum.same / sum.count };
}

function addLoss(
  sum: { error: number; change: number; same: number; count: number },
  base: Float32Array<ArrayBuffer>,
  merged: Float32Array<ArrayBuffer>,
  written: Float32Array<ArrayBuffer>,
): void {
  for (let i = 0; i < base.length; i++) {
    sum.error += (written[i]! - merged[i]!) ** 2;
    sum.change += (merged[i]! - base[i]!) ** 2;
    if (merged[i] === base[i]) continue;
    sum.count++;
    if (written[i] === base[i]) sum.same++;
  }
}

/** s B A, of one expert at a time. */
interface LowRank extends Pick<AdapterTarget, 'r' | 'in' | 'out' | 'scale' | 'experts'> {
  a: Float32Array;
  b: Float32Array;
}

function lowRank(adapter: MergeInput['adapter'], target: AdapterTarget | undefined): LowRank | null {
  return target ? { ...target, a: adapter.tensors.get(target.keyA)!, b: adapter.tensors.get(target.keyB)! } : null;
}

/** What belongs to one expert's own matrix. */
function partOf(change: LowRank | null, { expert, rows }: Stack): LowRank | null {
  if (!change) return null;
  const { r, in: width, out } = change;
  const b = change.b.subarray(expert * out * r, (expert + 1) * out * r);
  const first = rows === 'odd' ? 1 : 0;
  return {
    ...change,
    a: change.a.subarray(expert * r * width, (expert + 1) * r * width),
    b: rows === 'all' ? b : b.filter((_, i) => Math.floor(i / r) % 2 === first),
    out: rows === 'all' ? out : out / 2,
    experts: 1,
  };
}

/** A tensor whose rows lie as in the file: as they are, in another dtype, or with W + s B A. */
function rows(files: MergeInput['files'], tensor: FoundTensor, change: LowRank | null, dtype: Dtype): MergedTensor {
  const { name, shape, kind } = tensor;
  const entry = files.checkpoint.tensors.get(name)!;
  const width = change ? change.in : 1;
  const total = shape.reduce((product, n) => product * n, 1);
  const asItIs = !change && dtype === tensor.dtype;
  const size = DTYPE_BITS[tensor.dtype] / 8;
  const slab = (first: number, count: number): Slab => ({
    compute: async () => {
      const bytes = await files.checkpoint.read(name, first * size, count * size);
      if (kind === 'scales') checkScales(entry, bytes, first);
      else checkFinite(entry, bytes, first);
      if (asItIs) return { bytes, base: null };
      const base = decodeFloats(name, tensor.dtype, bytes);
      const merged = base.slice();
      if (change) addRows(merged, change, 0, first / width, count / width);
      return { base, merged, first };
    },
  });
  return { ...head(name, dtype, shape, change !== null), slabs: (values) => slabsOf(total, width, values, slab) };
}

/** [experts, in, out] as in the file, an expert a slab. */
function denseExperts(files: MergeInput['files'], tensor: FoundTensor, change: LowRank, dtype: Dtype): MergedTensor {
  const { name, shape } = tensor;
  const values = change.in * change.out;
  const size = DTYPE_BITS[tensor.dtype] / 8;
  const slab = (e: number): Slab => ({
    compute: async () => {
      const bytes = await files.checkpoint.read(name, e * values * size, values * size);
      checkFinite(files.checkpoint.tensors.get(name)!, bytes, e * values);
      const base = decodeFloats(name, tensor.dtype, bytes);
      const merged = base.slice();
      addRows(merged, transposedOf(change, e), 0, 0, change.in);
      return { base, merged, first: e * values };
    },
  });
  return { ...head(name, dtype, shape, true), slabs: () => Array.from({ length: change.experts }, (_, e) => slab(e)) };
}

/** MXFP4 [experts, out, in] -> [experts, in, out], an expert a slab. */
function unpacked(
  files: MergeInput['files'],
  blocks: FoundTensor,
  scales: FoundTensor,
  change: LowRank | null,
  dtype: FloatDtype | Dtype,
): MergedTensor {
  const [experts, out, groups] = blocks.shape as [number, number, number, number];
  const inputs = groups * 32;
  const values = out * inputs;
  const slab = (e: number): Slab => ({
    compute: async () => {
      const scale = await files.checkpoint.read(scales.name, e * out * groups, out * groups);
      checkScales(files.checkpoint.tensors.get(scales.name)!, scale, e * out * groups);
      const base = decodeMxfp4(await files.checkpoint.read(blocks.name, (e * values) / 2, values / 2), scale);
      const merged = base.slice();
      if (change) addRows(merged, change, e, 0, out);
      return { base: transpose(base, out, inputs), merged: transpose(merged, out, inputs), first: e * values };
    },
  });
  return {
    ...head(blocks.name.replace(/_blocks$/, ''), dtype, [experts, inputs, out], change !== null),
    slabs: () => Array.from({ length: experts }, (_, e) => slab(e)),
  };
}

function head(name: string, dtype: Dtype, shape: readonly number[], changed: boolean): Omit<MergedTensor, 'slabs'> {
  return { name, dtype, shape, changed, bytes: byteCount({ dtype, shape }) };
}

function slabsOf(total: number, width: number, values = SLAB_VALUES, slab: (first: number, count: number) => Slab): Slab[] {
  const step = Math.max(1, Math.floor(values / width)) * width;
  return Array.from({ length: Math.ceil(total / step) }, (_, i) => slab(i * step, Math.min(step, total - i * step)));
}

/** `out` [count, in] += s B[first..first+count] A, of expert `e`; four ranks a pass over the row. */
function addRows(out: Float32Array, { a, b, r, in: width, out: height, scale }: LowRank, e: number, first: number, count: number): void {
  const A = a.subarray(e * r * width, (e + 1) * r * width);
  const delta = new Float32Array(width);
  for (let row = 0; row < count; row++) {
    const y = out.subarray(row * width, (row + 1) * width);
    delta.fill(0);
    const at = (e * height + first + row) * r;
    for (let k = 0; k < r; k += 4) {
      const [c0, c1, c2, c3] = [0, 1, 2, 3].map((j) => (k + j < r ? b[at + k + j]! : 0)) as [number, number, number, number];
      const [k0, k1, k2, k3] = [0, 1, 2, 3].map((j) => Math.min(k + j, r - 1) * width) as [number, number, number, number];
      for (let i = 0; i < width; i++) delta[i]! += c0 * A[k0 + i]! + c1 * A[k1 + i]! + c2 * A[k2 + i]! + c3 * A[k3 + i]!;
    }
    for (let i = 0; i < width; i++) y[i]! += scale * delta[i]!;
  }
}

/** The same product of one expert on its side: (s B A)^T = s A^T B^T. */
function transposedOf({ a, b, r, in: width, out, scale }: LowRank, e: number): LowRank {
  const A = a.subarray(e * r * width, (e + 1) * r * width);
  const B = b.subarray(e * r * out, (e + 1) * r * out);
  return { a: transpose(B, out, r), b: transpose(A, r, width), r, in: out, out: width, scale, experts: 1 };
}

function transpose(values: Float32Array, height: number, width: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length);
  for (let i = 0; i < height; i++) for (let j = 0; j < width; j++) out[j * height + i] = values[i * width + j]!;
  return out;
}
