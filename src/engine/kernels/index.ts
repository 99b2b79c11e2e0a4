/** Every kernel record, for the tests and the self-test. */
import type { Kernel } from '../gpu/kernel.ts';
import * as elementwise from './elementwise.ts';
import * as norm from './norm.ts';

export const kernels: readonly Kernel[] = [elementwise, norm].flatMap((family) => Object.values<Kernel>(family));
