/** Kernels of the optimiser. */
import adamw from '../../../shaders/optimizer/adamw.step.wgsl?raw';
import finish from '../../../shaders/optimizer/gradient-norm.finish.wgsl?raw';
import squares from '../../../shaders/optimizer/gradient-norm.squares.wgsl?raw';
import { type Kernel, LINE, storage } from '../gpu/kernel.ts';

export const gradientNormSquares: Kernel = {
  name: 'gradient-norm.squares',
  source: squares,
  entry: 'main',
  bindings: storage({ gradient: 'read', partial: 'read_write' }),
  params: { quads: 'u32', pieces: 'u32' },
};

export const gradientNormFinish: Kernel = {
  name: 'gradient-norm.finish',
  source: finish,
  entry: 'main',
  bindings: storage({ partial: 'read', hyper: 'read', norm: 'read_write' }),
  params: { pieces: 'u32' },
};

export const adamwStep: Kernel = {
  name: 'adamw.step',
  source: adamw,
  entry: 'main',
  bindings: storage({ norm: 'read', hyper: 'read', param: 'read_write', gradient: 'read_write', m: 'read_write', v: 'read_write' }),
  params: { quads: 'u32', ...LINE },
};
