/** Twin of the first half of a gated MLP in one launch, and its cases. */
import { gateUpOp } from '../ops/gate-up.ts';
import { rowLength } from '../ops/norm-down.ts';
import { WIDE } from '../ops/variants.ts';
import { activation } from './glu.ts';
import { placed } from './norm-down.ts';
import { type Array64, type CaseInput, twin, zeros } from './twin.ts';

/** Row r of x, as far as a matrix is wide, with row n of it. */
function product(x: Array64, r: number, w: Array64, n: number): number {
  const width = w.shape[1]!;
  let sum = 0;
  for (let i = 0; i < width; i++) sum += x.data[r * x.shape[1]! + i]! * w.data[n * width + i]!;
  return sum;
}

export const gateUpTwin = twin(
  gateUpOp,
  ({ x, gate_weight, up_weight, gate_bias, up_bias, adapter }, { act, ups }) => {
    const [columns, width] = gate_weight.shape as [number, number];
    const stride = x.shape[1]!;
    const y = zeros([x.shape[0]!, columns]);
    const branch = (r: number, n: number, which: number): number => {
      const { rank, at, scale } = ups[which] ?? { rank: 0, at: 0, scale: 0 };
      const h = r * stride + width + (which === 1 ? ups[0]!.rank : 0);
      let sum = 0;
      for (let i = 0; i < rank; i++) sum += scale * x.data[h + i]! * adapter!.data[at + n * rank + i]!;
      return sum;
    };
    for (let i = 0; i < y.data.length; i++) {
      const [r, n] = [Math.floor(i / columns), i % columns];
      const gate = product(x, r, gate_weight, n) + (gate_bias?.data[n] ?? 0) + (adapter ? branch(r, n, 0) : 0);
      const up = product(x, r, up_weight, n) + (up_bias?.data[n] ?? 0) + (adapter ? branch(r, n, 1) : 0);
      y.data[i] = activation(act, gate)[0] * up;
    }
    return { y };
  },
  [
    { title: 'one row, f32, partial tile', rows: 1, width: 12, columns: 20, dtype: 'f32' as const, act: 'silu' as const },
    { title: 'one row, bf16, many tiles', rows: 1, width: 24, columns: 132, dtype: 'bf16' as const, act: 'gelu_tanh' as const },
    { title: 'one row, f32, adapter', rows: 1, width: 20, columns: 12, dtype: 'f32' as const, act: 'silu' as const, ranks: [4, 8] },
    { title: 'two rows, f32, wide', rows: 2, width: WIDE + 4, columns: 20, dtype: 'f32' as const, act: 'silu' as const },
    { title: 'five rows, f32, biases', rows: 5, width: 12, columns: 20, dtype: 'f32' as const, act: 'silu' as const, bias: true },
    { title: 'one row, bf16, adapter', rows: 1, width: 40, columns: 68, dtype: 'bf16' as const, act: 'gelu_tanh' as const, ranks: [4, 4] },
    {
      title: 'five rows, bf16, adapter of up alone',
      rows: 5,
      width: 24,
      columns: 12,
      dtype: 'bf16' as const,
      act: 'silu' as const,
      ranks: [0, 8],
    },
    {
      title: 'one row, f32, wide, adapter',
      rows: 1,
      width: WIDE + 12,
      columns: 36,
      dtype: 'f32' as const,
      act: 'silu' as const,
      ranks: [4, 8],
    },
    { title: 'one row, bf16, wide', rows: 1, width: WIDE + 8, columns: 20, dtype: 'bf16' as const, act: 'gelu_tanh' as const },
    {
      title: 'six rows, bf16, wide, adapter, biases',
      rows: 6,
      width: WIDE,
      columns: 20,
      dtype: 'bf16' as const,
      act: 'silu' as const,
      ranks: [72, 4],
      bias: true,
    },
  ].map(({ title, rows, width, columns, dtype, act, ranks, bias }) => {
    const matrix = (n: number, k: number, kind: 'f32' | 'bf16' = 'f32'): CaseInput => ({
      shape: [n, k],
      dtype: kind,
      fill: { kind: 'normal', scale: width ** -0.5 },
    });
    const { ups, length } = placed(ranks ?? [], [columns, columns]);
    const vector = (n: number): CaseInput => ({ shape: [n], fill: { kind: 'normal' } });
    return {
      title,
      inputs: {
        x: { shape: [rows, ranks ? rowLength(width, ups, 0) : width], fill: { kind: 'normal' } },
        gate_weight: matrix(columns, width, dtype),
        up_weight: matrix(columns, width, dtype),
        ...(bias && { gate_bias: vector(columns), up_bias: vector(columns) }),
        ...(ranks && { adapter: vector(length) }),
      },
      attrs: { act, ups },
    };
  }),
);
