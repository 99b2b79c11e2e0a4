/** Kernels that work element by element. */
import { kernel } from './shaders.ts';

export const addForward = kernel('elementwise/add.forward');
/** `add` for a length that is a multiple of 4; n counts quads. */
export const addQuads = kernel('elementwise/add.quads');
export const addIntoForward = kernel('elementwise/add-into.forward');
export const int16Pack = kernel('elementwise/int16.pack');
export const int16Unpack = kernel('elementwise/int16.unpack');
