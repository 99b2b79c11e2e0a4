/** Kernels of sampling. */
import advance from '../../../shaders/sampling/advance.step.wgsl?raw';
import sample from '../../../shaders/sampling/sample.forward.wgsl?raw';
import { type Kernel, storage } from '../gpu/kernel.ts';

export const sampleForward: Kernel = {
  name: 'sample.forward',
  source: sample,
  entry: 'main',
  bindings: storage({ logits: 'read', sampling: 'read', step: 'read', next_id: 'read_write' }),
  params: { vocabulary: 'u32', text: 'u32' },
  overrides: ['SIZE'],
};

export const advanceStep: Kernel = {
  name: 'advance.step',
  source: advance,
  entry: 'main',
  bindings: storage({
    next_id: 'read',
    stops: 'read',
    ids: 'read_write',
    positions: 'read_write',
    lengths: 'read_write',
    done: 'read_write',
    history: 'read_write',
    step: 'read_write',
  }),
  params: { rows: 'u32', steps: 'u32', cache_length: 'u32', pad: 'u32' },
};
