/** Twin of the chunked head and loss: plain logits, plain loss, plain gradient. */
import { chunkedHeadOp } from '../ops/chunked-head.ts';
import { crossEntropyLoss } from '../ops/cross-entropy.ts';
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

export const chunkedHeadTwin = twin(
  chunkedHeadOp,
  ({ hidden, weight, labels, inverse_count }, { loss: { name } }) => {
    const logits = linearTwin.run({ x: hidden, weight }, { scale: 1 }, {}).y!;
    const weighing = name === 'dft' ? 'dft' : 'nll';
    const { dlogits, ...stats } = crossEntropyTwin.run({ logits, labels: labels!, inverse_count: inverse_count! }, { weighing }, {});
    const dhidden = linearTransposedTwin.run({ x: dlogits!, weight }, { scale: 1 }, {}).y!;
    return { dhidden, ...stats, logits };
  },
  [
    { title: 'one chunk, fewer rows than it holds', inputs: shapes(5, 8, 37, 'f32'), attrs: { chunk: 64, loss: crossEntropyLoss.nll } },
    { title: 'three chunks, the last partial', inputs: shapes(150, 12, 50, 'bf16'), attrs: { chunk: 64, loss: crossEntropyLoss.nll } },
    { title: 'three chunks, weighed', inputs: shapes(150, 12, 50, 'bf16'), attrs: { chunk: 64, loss: crossEntropyLoss.dft } },
    { title: 'a vocabulary of 201,088 rows', inputs: shapes(5, 16, 201088, 'f32'), attrs: { chunk: 64, loss: crossEntropyLoss.nll } },
  ],
  ['logits'],
);
