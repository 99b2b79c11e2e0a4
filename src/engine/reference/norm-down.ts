/** Twin of RMSNorm with LoRA's ways down behind it, and its cases. */
import { normDownOp, rowLength, type Up } from '../ops/norm-down.ts';
import { WIDE } from '../ops/variants.ts';
import { keeps, ranksInput } from './own-ranks.ts';
import { type CaseInput, twin, zeros } from './twin.ts';

const normal = { kind: 'normal' } as const;

export const normDownTwin = twin(
  normDownOp,
  ({ x, weight, adapter, q_bias, k_bias, v_bias, ranks }, { eps, downs }) => {
    const [rows, width] = x.shape as [number, number];
    const biases = [q_bias, k_bias, v_bias].flatMap((b) => (b ? [...b.data] : []));
    const z = zeros([rows, rowLength(width, downs, biases.length)]);
    for (let row = 0; row < rows; row++) {
      const own = x.data.subarray(row * width, (row + 1) * width);
      const factor = 1 / Math.sqrt(own.reduce((sum, v) => sum + v * v, 0) / width + eps);
      const normed = own.map((v, i) => v * factor * weight.data[i]!);
      const products = downs.flatMap(({ rank, at, mix = 0 }) =>
        Array.from({ length: rank }, (_, r) =>
          keeps(ranks, row, mix, r) ? normed.reduce((sum, v, i) => sum + v * adapter.data[at + r * width + i]!, 0) : 0,
        ),
      );
      z.data.set([...normed, ...products, ...biases], row * z.shape[1]!);
    }
    return { z };
  },
  [
    { title: 'one branch, one row, partial tile', rows: 1, width: 12, ranks: [4] },
    { title: 'three branches of different ranks with biases, five rows', rows: 5, width: 64, ranks: [8, 4, 16], biases: [24, 8] },
    { title: 'the second of three is missing, several workgroups', rows: 2, width: 40, ranks: [64, 0, 36] },
    { title: 'the first of two is missing, a row to be filled up', rows: 3, width: 72, ranks: [0, 4] },
    { title: 'wide, two branches', rows: 1, width: WIDE + 12, ranks: [8, 8] },
    {
      title: 'wide, three branches with biases, several workgroups, sixteen rows',
      rows: 16,
      width: WIDE,
      ranks: [20, 4, 8],
      biases: [12, 4],
    },
    { title: 'own ranks of one adapter, two rows', rows: 2, width: 24, ranks: [8, 8], mixes: [[8]], mixOf: [0, 0] },
    {
      title: 'own ranks of two adapters, each on other matrices, seven rows with biases',
      ...{
        rows: 7,
        width: 40,
        ranks: [12, 8, 4],
        biases: [24, 8],
        mixes: [
          [8, 4],
          [0, 8],
          [4, 0],
        ],
        mixOf: [0, 1, 2],
      },
    },
    {
      title: 'own ranks of three adapters, wide, several workgroups',
      ...{
        rows: 5,
        width: WIDE + 12,
        ranks: [24, 0, 40],
        mixes: [
          [4, 8, 12],
          [20, 0, 20],
        ],
        mixOf: [0, 0, 1],
      },
    },
  ].map(({ title, rows, width, ranks, biases, mixes, mixOf }) => {
    const { ups, length } = placed(ranks, [width, width, width]);
    const downs = mixOf ? ups.map((up, i) => ({ ...up, mix: mixOf[i]! })) : ups;
    const bias = (n: number): CaseInput => ({ shape: [n], fill: normal });
    return {
      title,
      inputs: {
        x: { shape: [rows, width], fill: normal },
        weight: { shape: [width], fill: { kind: 'uniform', from: 0.5, to: 1.5 } },
        adapter: { shape: [length], fill: normal },
        ...(mixes && { ranks: ranksInput(rows, mixes) }),
        ...(biases && { q_bias: bias(biases[0]!), k_bias: bias(biases[1]!), v_bias: bias(biases[1]!) }),
      },
      attrs: { eps: 1e-5, downs },
    };
  }),
);

/** Matrices of rank x `others` values in an arena, with gaps in front and between, as an adapter's other matrices make. */
export function placed(ranks: readonly number[], others: readonly number[]): { ups: Up[]; length: number } {
  let length = 64;
  const ups = ranks.map((rank, i) => {
    const at = length;
    length += Math.ceil((rank * others[i]!) / 64) * 64 + 64;
    return { rank, at, scale: [2, 0.5, 3][i]! };
  });
  return { ups, length };
}
