/** Twin of the first half of a gated MLP in one launch, and its cases. */
import { gateUpOp } from '../ops/gate-up.ts';
import { WIDE } from '../ops/variants.ts';
import { activation } from './glu.ts';
import { type Array64, type CaseInput, twin, zeros } from './twin.ts';

/** Row r of x with row n of a matrix. */
function product(x: Array64, r: number, w: Array64, n: number): number {
  const width = w.shape[1]!;
  let sum = 0;
  for (let i = 0; i < width; i++) sum += x.data[r * width + i]! * w.data[n * width + i]!;
  return sum;
}

export const gateUpTwin = twin(
  gateUpOp,
  ({ x, gate_weight, up_weight, gate_h, gate_b, up_h, up_b }, { act, gate_scale, up_scale }) => {
    const columns = gate_weight.shape[0]!;
    const y = zeros([x.shape[0]!, columns]);
    for (let i = 0; i < y.data.length; i++) {
      const [r, n] = [Math.floor(i / columns), i % columns];
      const gate = product(x, r, gate_weight, n) + (gate_h && gate_b ? gate_scale * product(gate_h, r, gate_b, n) : 0);
      const up = product(x, r, up_weight, n) + (up_h && up_b ? up_scale * product(up_h, r, up_b, n) : 0);
      y.data[i] = activation(act, gate)[0] * up;
    }
    return { y };
  },
  [
    { title: 'one row, f32, partial tile', rows: 1, width: 12, columns: 20, dtype: 'f32' as const, act: 'silu' as const },
    { title: 'one row, bf16, adapter', rows: 1, width: 40, columns: 68, dtype: 'bf16' as const, act: 'gelu_tanh' as const, rank: 4 },
    { title: 'five rows, bf16, adapter', rows: 5, width: 24, columns: 12, dtype: 'bf16' as const, act: 'silu' as const, rank: 8 },
    { title: 'one row, f32, wide, adapter', rows: 1, width: WIDE + 12, columns: 36, dtype: 'f32' as const, act: 'silu' as const, rank: 4 },
    { title: 'one row, bf16, wide', rows: 1, width: WIDE + 8, columns: 20, dtype: 'bf16' as const, act: 'gelu_tanh' as const },
    { title: 'six rows, bf16, wide, adapter', rows: 6, width: WIDE, columns: 20, dtype: 'bf16' as const, act: 'silu' as const, rank: 4 },
  ].map(({ title, rows, width, columns, dtype, act, rank }) => {
    const matrix = (n: number, k: number, kind: 'f32' | 'bf16' = 'f32'): CaseInput => ({
      shape: [n, k],
      dtype: kind,
      fill: { kind: 'normal', scale: k ** -0.5 },
    });
    const branch = rank !== undefined && {
      gate_h: matrix(rows, rank),
      gate_b: matrix(columns, rank),
      up_h: matrix(rows, rank),
      up_b: matrix(columns, rank),
    };
    return {
      title,
      inputs: {
        x: { shape: [rows, width], fill: { kind: 'normal' } },
        gate_weight: matrix(columns, width, dtype),
        up_weight: matrix(columns, width, dtype),
        ...branch,
      },
      attrs: { act, gate_scale: 2, up_scale: 0.5 },
    };
  }),
);
