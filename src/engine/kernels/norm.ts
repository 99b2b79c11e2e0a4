/** Kernels of normalisation. */
import backward from '../../../shaders/norm/rms-norm.backward.wgsl?raw';
import backwardNarrow from '../../../shaders/norm/rms-norm.backward-narrow.wgsl?raw';
import forward from '../../../shaders/norm/rms-norm.forward.wgsl?raw';
import forwardNarrow from '../../../shaders/norm/rms-norm.forward-narrow.wgsl?raw';
import { type Kernel, storage } from '../gpu/kernel.ts';

const params = { rows: 'u32', width: 'u32', eps: 'f32' } as const;

export const rmsNormForward: Kernel = {
  name: 'rms-norm.forward',
  source: forward,
  entry: 'main',
  bindings: storage({ x: 'read', weight: 'read', y: 'read_write' }),
  params,
};

export const rmsNormBackward: Kernel = {
  name: 'rms-norm.backward',
  source: backward,
  entry: 'main',
  bindings: storage({ x: 'read', weight: 'read', dy: 'read', dx: 'read_write' }),
  params,
};

export const rmsNormForwardNarrow: Kernel = { ...rmsNormForward, name: 'rms-norm.forward-narrow', source: forwardNarrow };
export const rmsNormBackwardNarrow: Kernel = { ...rmsNormBackward, name: 'rms-norm.backward-narrow', source: backwardNarrow };
