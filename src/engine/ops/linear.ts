/**
 * Linear layers over f32, bf16 and MXFP4 weights, in the checkpoint's order [N, K] (outputs, inputs).
 *
 *   y = scale * (x W^T + bias) + add           `add` is a residual, or the base layer's output under a LoRA branch
 *
 * LoRA (PEFT): h = x A^T; y = (x W^T + b) + s * h B^T. It is two more linears, so one op and its vjp serve all of it (decoding: `linear-lora`, one more):
 *   d add = dy;  dx = scale * dy W;  and where W is trainable, dW += scale * dy^T x.
 * Through a frozen weight only dx is computed, from the packed bytes.
 * With `ranks` W is the A of several adapters, and a row keeps its own of y (own-ranks.ts); no gradient.
 */
import { type Bound, type Capabilities, grid, type Launch, type Op } from '../graph/op.ts';
import { byteLength, elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import {
  linearKernels,
  linearLoraKernels,
  linearOwnKernels,
  linearTransposedKernels,
  linearWeightGradientFinish,
  linearWeightGradientForward,
} from '../kernels/linear.ts';
import { STEP_VALUES, type WeightFormat } from '../kernels/weights.ts';
import { checkRanks, type OwnRanks, ownInput, ownLaunch } from './own-ranks.ts';
import { GEMV_COLUMNS, GEMV_ROWS, gemvVariant, linearVariant, TILE_COLUMNS, type TileVariant, transposedVariant } from './variants.ts';
import { bound, type WeightPiece, weightPieces } from './weight-pieces.ts';

/** A weight matrix as the GPU holds it: one tensor, or MXFP4 blocks [.., N, K/32, 16] with scales [.., N, K/32]. */
export interface Matrix {
  readonly weight: Tensor;
  readonly scales?: Tensor;
}

export interface LinearLayer extends Matrix {
  readonly bias?: Tensor;
  /** The adapter's branch, when one is attached. */
  readonly lora?: Branch;
}

/** A [R, K], B [N, R], scale s; both lie in an arena [L], where A begins at value `a_at`. */
export interface Branch {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly scale: number;
  readonly arena: Tensor;
  readonly a_at: number;
  readonly b_at: number;
  /** Where rows have adapters of their own. */
  readonly own?: OwnRanks;
}

type Inputs = { readonly x: Tensor; readonly weight: Tensor; readonly scales?: Tensor; readonly bias?: Tensor; readonly add?: Tensor };
type Attrs = { readonly scale: number };
/** `ranks`: W is f32, its rows a multiple of 4. */
type DownInputs = Inputs & { readonly ranks?: Tensor };
type DownAttrs = Attrs & { readonly mix?: number };

/** Invocations of a workgroup, and what each covers. */
const LANES = 64;
const TILE_ROWS = 8;
/** Most rows of W that one launch sums over, so that f32 keeps its digits: over the 201,088 of a vocabulary the last of five would be lost. */
const LONGEST_SUM = 16384;

export function formatOf({ weight }: Matrix): WeightFormat {
  if (weight.dtype === 'f32' || weight.dtype === 'bf16') return weight.dtype;
  if (weight.dtype === 'u8') return 'mxfp4';
  throw new Error(`${weight.name} is ${weight.dtype}, which is no weight encoding.`);
}

/** [.., N, K] of a matrix, whatever its encoding. */
export function matrixShape(m: Matrix): readonly number[] {
  return m.weight.dtype === 'u8' ? [...m.weight.shape.slice(0, -2), m.weight.shape.at(-2)! * 32] : m.weight.shape;
}

export const linearOp: Op<DownInputs, { y: Tensor }, DownAttrs> = {
  name: 'linear',
  infer: (inputs, { mix = 0 }) => {
    const [n, k] = matrixShape(inputs) as [number, number];
    const { x } = inputs;
    if (x.shape.at(-1) !== k) throw new Error(`linear: ${inputs.weight.name} takes ${k} inputs, but x has ${x.shape.at(-1)}.`);
    if (k % 4 !== 0) throw new Error(`linear: the input width ${k} of ${inputs.weight.name} is not a multiple of 4.`);
    checkRanks('linear', inputs.ranks, x.shape[0]!, [mix]);
    return { y: { shape: [x.shape[0]!, n], dtype: 'f32' } };
  },
  lower: ({ inputs: { ranks, ...inputs }, outputs, attrs: { scale, mix = 0 } }, device) =>
    linearLaunches(inputs, inputs.x.shape[0]!, { ...inputs, ...outputs }, scale, device, ranks && { ranks, mix }),
  vjp: (trace, { inputs, attrs }, { y: dy }) => {
    const { x, weight, scales, add } = inputs;
    if (weight.role === 'trainable') {
      trace.emit(linearWeightGradientOp, { dy: dy!, x }, attrs, { dWeight: trace.gradient(weight) });
    }
    const dx = x.needsGradient ? trace.emit(linearTransposedOp, { x: dy!, weight, ...(scales && { scales }) }, attrs).y : undefined;
    return { ...(add && { add: dy! }), ...(dx && { x: dx }) };
  },
};

/** y = scale * (x W^T + bias + lora_scale * h up^T) + add of a few rows, h [T, R], up [N, R]; no gradient. */
export const linearLoraOp: Op<
  Inputs & { readonly h: Tensor; readonly up: Tensor },
  { y: Tensor },
  Attrs & { readonly lora_scale: number }
> = {
  name: 'linear-lora',
  infer: (inputs, attrs) => {
    const { x, h, up, weight } = inputs;
    const [n, k] = matrixShape(inputs) as [number, number];
    if (k % STEP_VALUES[formatOf(inputs)] !== 0) throw new Error(`linear-lora: ${weight.name} is ${k} wide, which is not whole steps.`);
    if (h.shape.join() !== [x.shape[0], up.shape[1]].join() || up.shape[0] !== n || up.shape[1]! % 4 !== 0)
      throw new Error(`linear-lora: an adapter [${up.shape}] over [${h.shape}] does not fit ${weight.name}.`);
    return linearOp.infer(inputs, attrs);
  },
  lower: ({ inputs, outputs, attrs }, device) =>
    gemvLaunches(inputs, inputs.x.shape[0]!, { ...inputs, ...outputs }, { ...attrs, rank: inputs.up.shape[1]! }, device),
};

/** y = scale * (x W) + add, x [T, N] -> y [T, K]: how gradients pass a linear layer. */
export const linearTransposedOp: Op<Omit<Inputs, 'bias'>, { y: Tensor }, Attrs> = {
  name: 'linear-transposed',
  infer: (inputs) => ({ y: { shape: [inputs.x.shape[0]!, matrixShape(inputs)[1]!], dtype: 'f32' } }),
  lower: ({ inputs, outputs, attrs }, device) =>
    transposedLaunches(inputs, inputs.x.shape[0]!, { ...inputs, ...outputs }, attrs.scale, device),
};

/** Invocations that a weight gradient should at least have, and the fewest tokens a chunk is worth. */
const ENOUGH = 4096;
const CHUNK = 64;

function chunksOf(tokens: number, outputs: number, width: number): number {
  const blocks = (width / 4) * Math.ceil(outputs / 4);
  return Math.max(1, Math.min(Math.ceil(ENOUGH / blocks), Math.floor(tokens / CHUNK)));
}

/** dWeight += scale * dy^T x, into a persistent gradient. */
export const linearWeightGradientOp: Op<{ dy: Tensor; x: Tensor }, { dWeight: Tensor; partial: Tensor }, Attrs> = {
  name: 'linear-weight-gradient',
  infer: ({ dy, x }) => {
    const [tokens, n] = dy.shape as [number, number];
    const k = x.shape[1]!;
    return { dWeight: { shape: [n, k], dtype: 'f32' }, partial: { shape: [chunksOf(tokens, n, k), n, k], dtype: 'f32' } };
  },
  lower: ({ inputs: { dy, x }, outputs: { dWeight, partial }, attrs }, device): Launch[] => {
    const [chunks, n, k] = partial.shape as [number, number, number];
    const rows = dy.shape[0]!;
    const quads = (n * k) / 4;
    return [
      {
        kernel: linearWeightGradientForward,
        bind: { dy, x, partial },
        params: { rows, outputs: n, width: k, chunks, chunk: Math.ceil(rows / chunks) },
        workgroups: grid((k / 4) * Math.ceil(n / 4) * chunks, linearWeightGradientForward, device),
        cost: 3 * elements(dy.shape) * k, // a third of the speed of a matrix product
      },
      {
        kernel: linearWeightGradientFinish,
        bind: { partial, d_weight: dWeight },
        params: { quads, chunks, scale: attrs.scale },
        workgroups: grid(quads, linearWeightGradientFinish, device),
        cost: 16 * quads * chunks,
      },
    ];
  },
};

type Rows = { readonly x: Bound; readonly y: Bound; readonly bias?: Bound; readonly add?: Bound; readonly h?: Bound; readonly up?: Bound };

/** y = scale * (x W^T + bias) + add for `rows` rows; one launch a shard of W. `own`: rows keep ranks of their own. */
export function linearLaunches(
  m: Matrix,
  rows: number,
  { x, y, bias, add }: Rows,
  scale: number,
  device: Capabilities,
  own?: OwnRanks,
): Launch[] {
  const [n, k] = matrixShape(m) as [number, number];
  const format = formatOf(m);
  const found = linearVariant(rows, n, k, format);
  const variant = own && found === 'wide' ? 'forward' : found; // ranks are few
  if (variant === 'gemv') {
    return gemvLaunches(m, rows, { x, y, ...(bias && { bias }), ...(add && { add }) }, { scale, rank: 0, lora_scale: 0 }, device, own);
  }
  if (own && variant === 'tail') throw new Error(`linear: ${m.weight.name} has ${n} ranks; they are not a multiple of 4.`);
  const kernel = own ? linearOwnKernels.forward.f32 : linearKernels[variant][format];
  const kept = own && ownLaunch(own.ranks, [own.mix]);
  return weightPieces(m, device).map(({ first, count, ...matrix }) => {
    const { workgroups, overrides } = tiles(rows, count, variant);
    return {
      kernel,
      bind: bound(kernel, { ...matrix, x, bias: bias ?? x, add: add ?? x, y, ...kept?.bind }),
      params: { rows, width: k, columns: count, first_column: first, stride: n, has_bias: bias ? 1 : 0, has_add: add ? 1 : 0, scale },
      workgroups,
      ...(overrides && { overrides: { ...overrides, ...kept?.overrides } }),
      cost: rows * count * k,
    };
  });
}

/** The same for a few rows, with LoRA's way up where there is one. Four rows read the weights together (MXFP4 decodes for each row anew, so there one). */
function gemvLaunches(
  m: Matrix,
  rows: number,
  { h, up, ...plain }: Rows,
  attrs: Attrs & { readonly rank: number; readonly lora_scale: number },
  device: Capabilities,
  own?: OwnRanks,
): Launch[] {
  const [n, k] = matrixShape(m) as [number, number];
  const format = formatOf(m);
  const variant = h ? gemvVariant(k) : 'gemv';
  const plainKernel = own ? linearOwnKernels.gemv.f32 : linearKernels.gemv[format];
  const kernel = h ? linearLoraKernels[variant][format] : plainKernel;
  const kept = own && ownLaunch(own.ranks, [own.mix]);
  const { x, bias, add } = plain;
  const together = rows === 1 || format === 'mxfp4' ? 1 : 4;
  return weightPieces(m, device).map(({ first, count, ...matrix }) => ({
    kernel,
    bind: bound(kernel, { ...matrix, ...plain, bias: bias ?? x, add: add ?? x, h, up, ...kept?.bind }),
    params: { rows, width: k, columns: count, first_column: first, stride: n, has_bias: bias ? 1 : 0, has_add: add ? 1 : 0, ...attrs },
    overrides: { ROWS: together, ...kept?.overrides },
    workgroups: [Math.ceil(count / GEMV_COLUMNS[variant]), Math.ceil(rows / together), 1],
    cost: rows * count * (k + attrs.rank),
  }));
}

/** Workgroups of 8 x 8, or shaped to the matrix where the kernel has overrides for it: narrow ones cover more rows, few rows more columns. */
function tiles(rows: number, columns: number, variant: TileVariant | 'tail'): Pick<Launch, 'workgroups' | 'overrides'> {
  const each = variant === 'tail' ? 4 : TILE_COLUMNS[variant];
  const cover = (c: number, r: number): [number, number, number] => [Math.ceil(columns / (each * c)), Math.ceil(rows / (TILE_ROWS * r)), 1];
  if (variant === 'tail') return { workgroups: cover(8, 8) };
  let c = rows <= TILE_ROWS ? LANES : 16;
  while (c > 1 && each * c > columns) c /= 2;
  return { workgroups: cover(c, LANES / c), overrides: { COLUMNS: c, ROWS: LANES / c } };
}

/** y = scale * (x W) + add for `rows` rows; later ranges of rows of W add to what the first wrote. */
export function transposedLaunches(
  m: Matrix,
  rows: number,
  { x, y, add }: Omit<Rows, 'bias'>,
  scale: number,
  device: Capabilities,
): Launch[] {
  const [n, k] = matrixShape(m) as [number, number];
  const variant = transposedVariant(rows, k, n);
  const kernel = linearTransposedKernels[variant][formatOf(m)];
  return weightPieces(m, device)
    .flatMap(shortened)
    .map(({ first, count, ...matrix }, i) => ({
      kernel,
      bind: bound(kernel, { ...matrix, x, add: add ?? x, y }),
      params: { rows, inner: count, width: k, first_row: first, stride: n, add_from: i > 0 ? 2 : add ? 1 : 0, scale },
      ...tiles(rows, k, variant),
      cost: rows * count * k,
    }));
}

/** A piece as ranges of at most LONGEST_SUM rows; multiples of so many rows begin at aligned bytes. */
function shortened({ first, count, weight, scales }: WeightPiece): WeightPiece[] {
  const range = (of: Bound, at: number, rows: number): Bound => {
    const { tensor, offset, bytes } = 'tensor' in of ? of : { tensor: of, offset: 0, bytes: byteLength(of) };
    return { tensor, offset: offset + (bytes / count) * at, bytes: (bytes / count) * rows };
  };
  if (count <= LONGEST_SUM) return [{ first, count, weight, ...(scales && { scales }) }];
  return Array.from({ length: Math.ceil(count / LONGEST_SUM) }, (_, i): WeightPiece => {
    const at = i * LONGEST_SUM;
    const rows = Math.min(LONGEST_SUM, count - at);
    return { first: first + at, count: rows, weight: range(weight, at, rows), ...(scales && { scales: range(scales, at, rows) }) };
  });
}

/** x [T, K] through a layer, with its adapter if it has one, times `scale`, plus `add` [T, N]. */
export function linear(trace: Trace, x: Tensor, layer: LinearLayer, add?: Tensor, scale = 1): Tensor {
  const { weight, scales, bias, lora } = layer;
  const inputs = { x, weight, ...(scales && { scales }), ...(bias && { bias }), ...(add && { add }) };
  if (!lora) return trace.emit(linearOp, inputs, { scale }).y;
  const down = (): Tensor =>
    trace.emit(linearOp, { x, weight: lora.a, ...ownInput(lora.own) }, { scale: 1, ...(lora.own && { mix: lora.own.mix }) }).y;
  if (branchesInside(x, layer)) {
    const h = down();
    return trace.emit(linearLoraOp, { ...inputs, h, up: lora.b }, { scale, lora_scale: lora.scale }).y;
  }
  const base = trace.emit(linearOp, inputs, { scale }).y;
  const h = down();
  return trace.emit(linearOp, { x: h, weight: lora.b, add: base }, { scale: scale * lora.scale }).y;
}

/** Whether the launch of the layer can hold its branch. */
function branchesInside(x: Tensor, layer: LinearLayer): boolean {
  const whole = x.shape[1]! % STEP_VALUES[formatOf(layer)] === 0;
  return whole && x.shape[0]! <= GEMV_ROWS && ![x, layer.lora?.a, layer.lora?.b].some((t) => t?.needsGradient);
}
