/** Every kernel record, for the tests and the self-test. */
import type { Kernel } from '../gpu/kernel.ts';
import * as elementwise from './elementwise.ts';
import * as embedding from './embedding.ts';
import * as norm from './norm.ts';

export const kernels: readonly Kernel[] = [elementwise, embedding, norm].flatMap((family) => Object.values<Kernel>(family));
