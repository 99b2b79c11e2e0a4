/** Twins of splitting a stream into chunks of rows and of putting it together. */
import { concatRowsOp, splitRowsOp } from '../ops/chunks.ts';
import { type Array64, twin } from './twin.ts';

const normal = { kind: 'normal' } as const;

const paths = [
  { title: 'two chunks, short last', counts: [64, 3], width: [8] },
  { title: 'three chunks, partial workgroups', counts: [128, 128, 37], width: [20] },
  { title: 'one chunk of words that are no quads', counts: [5], width: [3] },
] as const;

const rowsOf = (counts: readonly number[]): number => counts.reduce((n, c) => n + c, 0);

export const splitRowsTwin = twin(
  splitRowsOp,
  ({ x }, { counts }) => {
    const [, ...rest] = x.shape;
    const width = rest.reduce((n, d) => n * d, 1);
    let first = 0;
    return Object.fromEntries(
      counts.map((count, i) => {
        const data = x.data.slice(first * width, (first + count) * width);
        first += count;
        return [`part${i}`, { shape: [count, ...rest], data }];
      }),
    );
  },
  paths.map(({ title, counts, width }) => ({
    title,
    inputs: { x: { shape: [rowsOf(counts), ...width], fill: normal, differentiable: true } },
    attrs: { counts },
  })),
);

export const concatRowsTwin = twin(
  concatRowsOp,
  (parts, { counts }) => {
    const all = counts.map((_, i) => (parts as Record<string, Array64>)[`part${i}`]!);
    const [, ...rest] = all[0]!.shape;
    const data = Float64Array.from(all.flatMap((p) => [...p.data]));
    return { y: { shape: [rowsOf(counts), ...rest], data } };
  },
  paths.map(({ title, counts, width }) => ({
    title,
    inputs: Object.fromEntries(counts.map((count, i) => [`part${i}`, { shape: [count, ...width], fill: normal, differentiable: true }])),
    attrs: { counts },
  })),
);
