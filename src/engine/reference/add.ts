/** Twins of addition. */
import { addIntoOp, addOp } from '../ops/add.ts';
import { twin } from './twin.ts';

const normal = { kind: 'normal' } as const;

export const addTwin = twin(addOp, ({ a, b }) => ({ y: { shape: a.shape, data: a.data.map((v, i) => v + b.data[i]!) } }), [
  {
    title: 'whole quads',
    inputs: { a: { shape: [9, 36], fill: normal, differentiable: true }, b: { shape: [9, 36], fill: normal, differentiable: true } },
    attrs: {},
  },
  {
    title: 'partial workgroup',
    inputs: { a: { shape: [7, 41], fill: normal, differentiable: true }, b: { shape: [7, 41], fill: normal, differentiable: true } },
    attrs: {},
  },
]);

export const addIntoTwin = twin(
  addIntoOp,
  ({ x }, _attrs, { y }) => ({ y: { shape: x.shape, data: x.data.map((v, i) => v + y!.data[i]!) } }),
  [{ title: 'partial workgroup', inputs: { x: { shape: [300], fill: normal } }, attrs: {}, into: { y: { shape: [300], fill: normal } } }],
);
