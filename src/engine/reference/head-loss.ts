/** Twin of the chunked head and loss: plain logits, plain loss, plain gradient. */
import { headLossOp } from '../ops/head-loss.ts';
import { crossEntropyTwin } from './cross-entropy.ts';
import { linearTransposedTwin, linearTwin } from './linear.ts';
import { type CaseInput, twin } from './twin.ts';

const normal = { kind: 'normal' } as const;

function shapes(rows: number, width: number, vocabulary: number, dtype: 'f32' | 'bf16') {
  const labels: CaseInput = { shape: [rows], dtype: 'i32', fill: { kind: 'values', values: [3, -100, vocabulary - 1, 0, 7] } };
  return {
    hidden: { shape: [rows, width], fill: normal } as CaseInput,
    weight: { shape: [vocabulary, width], dtype, fill: normal } as CaseInput,
    labels,
    inverse_count: { shape: [1], fill: { kind: 'values', values: [1 / rows] } } as CaseInput,
  };
}

export const headLossTwin = twin(
  headLossOp,
  ({ hidden, weight, labels, inverse_count }) => {
    const logits = linearTwin.run({ x: hidden, weight }, { scale: 1 }, {}).y!;
    const { dlogits, nll, correct, entropy } = crossEntropyTwin.run({ logits, labels, inverse_count }, {}, {}) as Record<
      string,
      typeof logits
    >;
    const dhidden = linearTransposedTwin.run({ x: dlogits, weight }, { scale: 1 }, {}).y!;
    return { dhidden, nll: nll!, correct: correct!, entropy: entropy!, logits };
  },
  [
    { title: 'one chunk, fewer rows than it holds', inputs: shapes(5, 8, 37, 'f32'), attrs: { chunk: 64 } },
    { title: 'three chunks, the last partial', inputs: shapes(150, 12, 50, 'bf16'), attrs: { chunk: 64 } },
    { title: 'a vocabulary of 201,088 rows', inputs: shapes(5, 16, 201088, 'f32'), attrs: { chunk: 64 } },
  ],
  ['logits'],
);
