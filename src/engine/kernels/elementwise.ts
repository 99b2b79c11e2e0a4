/** Kernels that work element by element. */
import { GLU_ACT } from './pieces.ts';
import { kernel } from './shaders.ts';

export const addKernels = { forward: kernel('elementwise/add.forward'), tail: kernel('elementwise/add.tail') };
export const addIntoForward = kernel('elementwise/add-into.forward');
export const gluForward = kernel(GLU_ACT, 'elementwise/glu.forward');
export const gluBackward = kernel(GLU_ACT, 'elementwise/glu.backward');
export const int16Pack = kernel('elementwise/int16.pack');
export const int16Unpack = kernel('elementwise/int16.unpack');
