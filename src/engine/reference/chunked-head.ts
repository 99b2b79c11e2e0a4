/** Twin of the chunked head and loss: plain logits, plain loss, plain gradient. */
import { chunkedHeadOp } from '../ops/chunked-head.ts';
import { crossEntropyLoss } from '../ops/cross-entropy.ts';
import { logProbsGradient } from '../ops/log-probs.ts';
import { crossEntropyTwin } from './cross-entropy.ts';
import { linearTransposedTwin, linearTwin } from './linear.ts';
import { logProbsGradientTwin } from './log-probs.ts';
import { type Array64, type CaseInput, twin } from './twin.ts';

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

function logProbShapes(rows: number, width: number, vocabulary: number) {
  const { inverse_count: _, ...rest } = shapes(rows, width, vocabulary, 'f32');
  const row = (from: number, to: number): CaseInput => ({ shape: [rows], fill: { kind: 'uniform', from, to } });
  return { ...rest, top: row(8, 9), log_sum: row(1, 2), entropy: row(0, 3), gradients: { shape: [rows, 2], fill: normal } as CaseInput };
}

export const chunkedHeadTwin = twin(
  chunkedHeadOp,
  ({ hidden, weight, labels, inverse_count, ...more }, { scale, loss: { name } }) => {
    const logits = linearTwin.run({ x: hidden, weight }, { scale }, {}).y!;
    const through = (dlogits: Array64): Array64 => linearTransposedTwin.run({ x: dlogits, weight }, { scale }, {}).y!;
    if (name === logProbsGradient.name)
      return { dhidden: through(logProbsGradientTwin.run({ logits, labels, ...more }, {}, {}).dlogits!), logits };
    const weighing = name === 'dft' ? 'dft' : 'nll';
    const { dlogits, ...stats } = crossEntropyTwin.run({ logits, labels: labels!, inverse_count: inverse_count! }, { weighing }, {});
    return { dhidden: through(dlogits!), ...stats, logits };
  },
  [
    {
      title: 'one chunk, fewer rows than it holds',
      inputs: shapes(5, 8, 37, 'f32'),
      attrs: { chunk: 64, scale: 1, loss: crossEntropyLoss.nll },
    },
    {
      title: 'three chunks, the last partial',
      inputs: shapes(150, 12, 50, 'bf16'),
      attrs: { chunk: 64, scale: 1, loss: crossEntropyLoss.nll },
    },
    { title: 'three chunks, weighed', inputs: shapes(150, 12, 50, 'bf16'), attrs: { chunk: 64, scale: 1, loss: crossEntropyLoss.dft } },
    {
      title: 'two chunks at a temperature, from gradients of log-probabilities',
      inputs: logProbShapes(100, 12, 50),
      attrs: { chunk: 64, scale: 1 / 0.7, loss: logProbsGradient },
    },
    {
      title: 'a vocabulary of 201,088 rows',
      inputs: shapes(5, 16, 201088, 'f32'),
      attrs: { chunk: 64, scale: 1, loss: crossEntropyLoss.nll },
    },
  ],
  ['logits'],
);
