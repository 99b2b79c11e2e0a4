/** Twin of the sums in two classes. */
import { flaggedSumsOp } from '../ops/flagged-sums.ts';
import { twin } from './twin.ts';

const paths = [
  { title: 'fewer rows than lanes', flags: [1, 0, 0, 1, 1], at: 4 },
  { title: 'many rows a lane', flags: Array.from({ length: 1001 }, (_, i) => (i % 5 < 2 ? 1 : 0)), at: 6 },
  { title: 'no row is flagged', flags: [0, 0, 0], at: 0 },
] as const;

export const flaggedSumsTwin = twin(
  flaggedSumsOp,
  ({ values, flags }, { at }, { stats }) => {
    const data = Float64Array.from(stats!.data);
    flags.data.forEach((flag, r) => {
      data[at + (flag === 1 ? 0 : 1)]! += values.data[r]!;
    });
    return { stats: { shape: [8], data } };
  },
  paths.map(({ title, flags, at }) => ({
    title,
    inputs: {
      values: { shape: [flags.length], fill: { kind: 'uniform', from: 0, to: 12 } },
      flags: { shape: [flags.length], dtype: 'u32', fill: { kind: 'values', values: [...flags] } },
    },
    attrs: { width: 8, at },
    into: { stats: { shape: [8], fill: { kind: 'uniform', from: 0, to: 10 } } },
  })),
);
