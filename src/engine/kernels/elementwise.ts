/** Kernels that work element by element. */
import add from '../../../shaders/elementwise/add.forward.wgsl?raw';
import quads from '../../../shaders/elementwise/add.quads.wgsl?raw';
import addInto from '../../../shaders/elementwise/add-into.forward.wgsl?raw';
import { type Kernel, storage } from '../gpu/kernel.ts';

export const addForward: Kernel = {
  name: 'add.forward',
  source: add,
  entry: 'main',
  bindings: storage({ a: 'read', b: 'read', y: 'read_write' }),
  params: { n: 'u32' },
};

export const addIntoForward: Kernel = {
  name: 'add-into.forward',
  source: addInto,
  entry: 'main',
  bindings: storage({ x: 'read', y: 'read_write' }),
  params: { n: 'u32' },
};

/** `add` for a length that is a multiple of 4; n counts quads. */
export const addQuads: Kernel = { ...addForward, name: 'add.quads', source: quads };
