/** Kernels that work element by element. */
import add from '../../../shaders/elementwise/add.forward.wgsl?raw';
import quads from '../../../shaders/elementwise/add.quads.wgsl?raw';
import addInto from '../../../shaders/elementwise/add-into.forward.wgsl?raw';
import pack from '../../../shaders/elementwise/int16.pack.wgsl?raw';
import unpack from '../../../shaders/elementwise/int16.unpack.wgsl?raw';
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

const int16 = { entry: 'main', params: { rows: 'u32', quads: 'u32' } } as const;

export const int16Pack: Kernel = { ...int16, name: 'int16.pack', source: pack, bindings: storage({ x: 'read', packed: 'read_write' }) };
export const int16Unpack: Kernel = {
  ...int16,
  name: 'int16.unpack',
  source: unpack,
  bindings: storage({ packed: 'read', x: 'read_write' }),
};
