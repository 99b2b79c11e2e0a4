/** Twin of the running average. */
import { movingAverageOp } from '../ops/moving-average.ts';
import { twin } from './twin.ts';

const paths = [
  { title: 'partial workgroup', elements: 76, rate: 0.05 },
  { title: 'many workgroups, slowly', elements: 1028, rate: 0.001 },
  { title: 'a copy', elements: 12, rate: 1 },
] as const;

export const movingAverageTwin = twin(
  movingAverageOp,
  ({ rate, param }, _attrs, { average }) => {
    const [share] = rate.data as unknown as [number];
    return { average: { shape: param.shape, data: param.data.map((value, i) => (1 - share) * average!.data[i]! + share * value) } };
  },
  paths.map(({ title, elements, rate }) => ({
    title,
    inputs: { rate: { shape: [1], fill: { kind: 'values', values: [rate] } }, param: { shape: [elements], fill: { kind: 'normal' } } },
    attrs: { elements },
    into: { average: { shape: [elements], fill: { kind: 'normal', scale: 3 } } },
  })),
);
