/**
 * The divergence of a student's next token from a teacher's, with its gradient in the student's logits: the root of the backward, so there is no vjp, and
 * nothing flows to the teacher. Generalised Jensen-Shannon divergence as in GKD (beta 0: forward KL of the teacher to the student, 1: reverse KL), each entry
 * cut by itself, over the whole vocabulary or the k largest of one side; or the sampled token alone. Through the head two chunks of logits exist at once.
 */
import { type Bound, type Capabilities, grid, type Launch, type Op } from '../graph/op.ts';
import { elements, type Spec, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { type Divergence, divergence, divergenceSumsForward, logProbsForward, sampledToken, topEntriesForward } from '../kernels/loss.ts';
import { inChunks, rowsOfChunk } from './chunked-head.ts';
import { copyLaunch } from './chunks.ts';
import { linearLaunches, type Matrix, transposedLaunches } from './linear.ts';

/** Rows longer than this get four times the lanes. */
const LONG_ROW = 32768;
/** Beyond every entry. */
const UNBOUNDED = 3.4e38;
/** Numbers of a row: divergence.forward.wgsl lists them. */
export const FIGURES = 9;
/** What the loss adds to the stats of a micro-batch, in order: the first weighted, the others plain sums over rows whose weight is not 0. */
export const DIVERGENCE_STATS = [
  'loss',
  'divergence',
  'unclipped',
  'clipped',
  'positive',
  'entropy',
  'teacher_entropy',
  'agreement',
  'count',
] as const;

export interface DivergenceAttrs {
  readonly [name: string]: unknown;
  /** 0: forward KL, 1: reverse KL, between: by the mixture. */
  readonly beta: number;
  /** Entries become at most this; null: as they are. */
  readonly clip: number | null;
  /** Only so many entries, the largest of `top_k_of`; 0: all. */
  readonly top_k: number;
  readonly top_k_of: 'teacher' | 'student';
  /** The entries that are left out become one; without it both sides are made to sum to 1 again. */
  readonly tail: boolean;
  /** The label alone: -(sg(log p_T - log p_S)) log p_S. */
  readonly sampled: boolean;
}

type Rows = { readonly labels: Tensor; readonly weight: Tensor };
/** Of one chunk: `sums` [8, a multiple of 64], `partials` by row and lane, and `border`, which only a choice of entries writes. */
type Workspace = { readonly sums: Tensor; readonly partials: Tensor; readonly border: Tensor };
type Bind = Readonly<Record<'logits' | 'teacher' | 'labels' | 'weight' | 'figures', Bound>>;

function workspace(rows: number, V: number): { [K in keyof Workspace]: Spec } {
  const stride = Math.ceil(rows / 64) * 64; // so that each of the sums begins at an aligned byte
  return {
    sums: { shape: [8, stride], dtype: 'f32' },
    partials: { shape: [rows, lanesOf(V) + 1, 4], dtype: 'f32' },
    border: { shape: [rows, 3, 2], dtype: 'u32' },
  };
}

function lanesOf(V: number): number {
  return V > LONG_ROW ? 128 : 32;
}

/** `logits` [rows, V] of the student become the gradient in place; `teacher` are its logits. */
function launches(
  { figures, weight, ...bind }: Bind,
  { sums, partials, border }: Workspace,
  [rows, V]: readonly [number, number],
  attrs: DivergenceAttrs,
  device: Capabilities,
): Launch[] {
  const { logits, teacher, labels } = bind;
  const sizes = { workgroups: grid(rows, 1, device), overrides: { SIZE: lanesOf(V) } };
  const stride = sums.shape[1]!;
  const sumsOf = (of: Bound, first: number): Launch => {
    const at = (i: number): Bound => ({ tensor: sums, offset: 4 * stride * (first + i), bytes: 4 * rows });
    const own = { logits: of, labels, logps: at(0), entropy: at(1), top: at(2), log_sum: at(3) };
    return { ...sizes, kernel: logProbsForward, bind: own, params: { rows, vocabulary: V }, cost: 10 * rows * V };
  };
  const chooses = !attrs.sampled && attrs.top_k > 0 && attrs.top_k < V;
  const kernels = attrs.sampled ? sampledToken : divergence[chooses ? 'top' : 'all'][divergenceOf(attrs.beta)];
  const of_teacher = Number(attrs.top_k_of === 'teacher');
  const params = { rows, vocabulary: V, stride, of_teacher, tail: Number(chooses && attrs.tail), ...mixture(attrs) };
  const own = { ...bind, sums, partials, ...(chooses && { border }) };
  const cost = (attrs.beta > 0 && attrs.beta < 1 ? 40 : 20) * rows * V;
  return [
    sumsOf(logits, 0),
    sumsOf(teacher, 4),
    ...(chooses ? [topEntries({ labels, logits, teacher, border }, [rows, V], attrs, device)] : []),
    { ...sizes, kernel: kernels.forward, bind: own, params, cost },
    { ...sizes, kernel: kernels.backward, bind: { ...own, weight, figures }, params, cost },
  ];
}

function topEntries(
  { logits, teacher, ...bind }: Record<'labels' | 'logits' | 'teacher' | 'border', Bound>,
  [rows, V]: readonly [number, number],
  { top_k, top_k_of, tail }: DivergenceAttrs,
  device: Capabilities,
): Launch {
  const of_teacher = top_k_of === 'teacher';
  const sides = of_teacher ? { logits: teacher, other: logits } : { logits, other: teacher };
  return {
    kernel: topEntriesForward,
    bind: { ...bind, ...sides },
    params: { rows, text: V, k: top_k, of_teacher: Number(of_teacher), rest: Number(tail) },
    overrides: { SIZE: V > LONG_ROW ? 128 : 64 },
    workgroups: grid(rows, 1, device),
    cost: 200 * rows * V,
  };
}

function divergenceOf(beta: number): Divergence {
  return beta === 0 ? 'forward' : beta === 1 ? 'reverse' : 'mixture';
}

/** The shares of both sides in the mixture, and their logarithms in double precision, since a small beta is 0 in f32. */
function mixture({ beta, clip }: DivergenceAttrs): Record<string, number> {
  const log = (share: number): number => (share > 0 ? Math.log(share) : 0); // not read where the mixture is one of the two
  return { clip: clip ?? UNBOUNDED, beta, rest: 1 - beta, log_beta: log(beta), log_rest: log(1 - beta) };
}

type PlainInputs = { readonly logits: Tensor; readonly teacher: Tensor } & Rows;

/** Over plain logits [M, V] of both; `labels` [M] i32, a negative one gives zeros; `weight` [M] multiplies a row's divergence in the loss. */
export const divergenceOp: Op<PlainInputs, { dlogits: Tensor; figures: Tensor } & Workspace, DivergenceAttrs> = {
  name: 'divergence',
  infer: ({ logits, teacher, labels, weight }) => {
    const rows = logits.shape[0]!;
    if (teacher.shape.join() !== logits.shape.join() || elements(labels.shape) !== rows || elements(weight.shape) !== rows)
      throw new Error(`divergence: logits [${logits.shape}], teacher [${teacher.shape}] and labels [${labels.shape}] do not fit.`);
    return {
      dlogits: { shape: logits.shape, dtype: 'f32' },
      figures: { shape: [rows, FIGURES], dtype: 'f32' },
      ...workspace(rows, logits.shape[1]!),
    };
  },
  lower: ({ inputs: { logits, ...given }, outputs: { dlogits, figures, ...work }, attrs }, device) => [
    copyLaunch(logits, dlogits, device),
    ...launches({ ...given, logits: dlogits, figures }, work, logits.shape as [number, number], attrs, device),
  ],
};

type HeadInputs = { readonly hidden: Tensor; readonly teacher: Tensor; readonly head: Tensor } & Rows;
type HeadOutputs = {
  readonly dhidden?: Tensor;
  readonly figures: Tensor;
  readonly logits: Tensor;
  readonly teacher_logits: Tensor;
} & Workspace;

/** `chunk`: rows whose logits exist at once. `scale`: what logits are multiplied by, 1 / temperature. */
type HeadAttrs = DivergenceAttrs & { readonly chunk: number; readonly scale: number; readonly gradient: boolean };

export const headDivergenceOp: Op<HeadInputs, HeadOutputs, HeadAttrs> = {
  name: 'head-divergence',
  infer: ({ hidden, teacher, head }, { chunk, gradient }) => {
    const rows = hidden.shape[0]!;
    if (teacher.shape.join() !== hidden.shape.join())
      throw new Error(`head-divergence: hidden [${hidden.shape}] and teacher [${teacher.shape}] do not fit.`);
    const logits: Spec = { shape: [Math.min(chunk, rows), head.shape[0]!], dtype: 'f32' };
    return {
      ...(gradient && { dhidden: { shape: hidden.shape, dtype: 'f32' } }),
      figures: { shape: [rows, FIGURES], dtype: 'f32' },
      logits,
      teacher_logits: logits,
      ...workspace(Math.min(chunk, rows), head.shape[0]!),
    };
  },
  lower: ({ inputs, outputs, attrs: { chunk, scale, gradient, ...attrs } }, device) => {
    const { hidden, teacher, head: weight, ...columns } = inputs;
    const { dhidden, logits, teacher_logits, figures, ...work } = outputs;
    return inChunks(hidden.shape[0]!, chunk, (part, rows) => [
      ...linearLaunches({ weight }, rows, { x: part(hidden), y: logits }, scale, device),
      ...linearLaunches({ weight }, rows, { x: part(teacher), y: teacher_logits }, scale, device),
      ...launches(
        { labels: part(columns.labels), weight: part(columns.weight), figures: part(figures), logits, teacher: teacher_logits },
        work,
        [rows, weight.shape[0]!],
        attrs as unknown as DivergenceAttrs, // what is left
        device,
      ),
      ...(gradient && dhidden ? transposedLaunches({ weight }, rows, { x: logits, y: part(dhidden) }, scale, device) : []),
    ]);
  },
};

/** Of `hidden` [M, C] from `teacher` [M, C] (both normed) under one head. `dhidden` is absent where no gradient is wanted. */
export function headDivergence(
  trace: Trace,
  { head, ...given }: { hidden: Tensor; teacher: Tensor; head: Matrix } & Rows,
  attrs: DivergenceAttrs,
  { scale, gradient }: { scale: number; gradient: boolean },
): { readonly figures: Tensor; readonly dhidden: Tensor | null } {
  const own: HeadAttrs = { ...attrs, scale, gradient, chunk: rowsOfChunk(head, 2) };
  const { figures, dhidden } = trace.emit(headDivergenceOp, { ...given, head: head.weight }, own);
  return { figures, dhidden: dhidden ?? null };
}

/** What the host reads of each row, [M] f32. */
export interface DivergenceRows {
  readonly [name: string]: Tensor;
  readonly divergence: Tensor;
  readonly logps: Tensor;
  readonly teacher_logps: Tensor;
}

type SumsInputs = { readonly figures: Tensor; readonly weight: Tensor };

export const divergenceSumsOp: Op<SumsInputs, DivergenceRows & { readonly stats: Tensor }, { readonly width: number }> = {
  name: 'divergence-sums',
  infer: ({ weight }, { width }) => {
    const row: Spec = { shape: weight.shape, dtype: 'f32' };
    return { divergence: row, logps: row, teacher_logps: row, stats: { shape: [width], dtype: 'f32' } };
  },
  lower: ({ inputs, outputs }) => {
    const rows = elements(inputs.weight.shape);
    return [{ kernel: divergenceSumsForward, bind: { ...inputs, ...outputs }, params: { rows }, workgroups: [1, 1, 1], cost: 20 * rows }];
  },
};

/** Adds `DIVERGENCE_STATS` to `stats` and writes what the host reads of each row into `rows`. */
export function divergenceSums(trace: Trace, figures: Tensor, weight: Tensor, rows: DivergenceRows, stats: Tensor): void {
  trace.emit(divergenceSumsOp, { figures, weight }, { width: stats.shape[0]! }, { ...rows, stats });
}
