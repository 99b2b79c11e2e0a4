/** Kernels of linear layers: one body over three weight encodings (decoder file + body file), and the gradient of a small f32 weight. */
import anyColumns from '../../../shaders/linear/linear.any-columns.wgsl?raw';
import fewRows from '../../../shaders/linear/linear.few-rows.wgsl?raw';
import forward from '../../../shaders/linear/linear.forward.wgsl?raw';
import anyInner from '../../../shaders/linear/linear-transposed.any-inner.wgsl?raw';
import transposed from '../../../shaders/linear/linear-transposed.forward.wgsl?raw';
import weightGradientFinish from '../../../shaders/linear/linear-weight-gradient.finish.wgsl?raw';
import weightGradient from '../../../shaders/linear/linear-weight-gradient.forward.wgsl?raw';
import { type Kernel, LINE, PLANE, storage } from '../gpu/kernel.ts';
import { overDots, overWeights } from './weights.ts';

const forwardBindings = { x: 'read', bias: 'read', add: 'read', y: 'read_write' } as const;
const forwardParams = {
  rows: 'u32',
  width: 'u32',
  columns: 'u32',
  first_column: 'u32',
  stride: 'u32',
  has_bias: 'u32',
  has_add: 'u32',
  scale: 'f32',
} as const;

const TILE = ['COLUMNS', 'ROWS'] as const;

export const linearForward = overWeights('linear.forward', forward, forwardBindings, { ...forwardParams, ...PLANE }, TILE);
/** A number of columns that is not a multiple of 4. */
export const linearAnyColumns = overWeights('linear.any-columns', anyColumns, forwardBindings, { ...forwardParams, ...PLANE });
export const linearFewRows = overDots('linear.few-rows', fewRows, forwardBindings, { ...forwardParams, ...PLANE }, ['ROWS']);

const transposedBindings = { x: 'read', add: 'read', y: 'read_write' } as const;
const transposedParams = {
  rows: 'u32',
  inner: 'u32',
  width: 'u32',
  first_row: 'u32',
  stride: 'u32',
  add_from: 'u32',
  scale: 'f32',
  ...PLANE,
} as const;

export const linearTransposed = overWeights('linear-transposed.forward', transposed, transposedBindings, transposedParams, TILE);
/** An inner size that is not a multiple of 4. */
export const linearTransposedAnyInner = overWeights('linear-transposed.any-inner', anyInner, transposedBindings, transposedParams);

export const linearWeightGradientForward: Kernel = {
  name: 'linear-weight-gradient.forward',
  source: weightGradient,
  entry: 'main',
  bindings: storage({ dy: 'read', x: 'read', partial: 'read_write' }),
  params: { rows: 'u32', outputs: 'u32', width: 'u32', chunks: 'u32', chunk: 'u32', ...LINE },
};

export const linearWeightGradientFinish: Kernel = {
  name: 'linear-weight-gradient.finish',
  source: weightGradientFinish,
  entry: 'main',
  bindings: storage({ partial: 'read', d_weight: 'read_write' }),
  params: { quads: 'u32', chunks: 'u32', scale: 'f32' },
};
