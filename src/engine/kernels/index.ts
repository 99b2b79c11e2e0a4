/** Every kernel, for the tests and the self-test. */
import type { Kernel } from '../gpu/kernel.ts';
import * as attention from './attention.ts';
import * as elementwise from './elementwise.ts';
import * as embedding from './embedding.ts';
import * as linear from './linear.ts';
import * as loss from './loss.ts';
import * as moe from './moe.ts';
import * as norm from './norm.ts';
import * as optimizer from './optimizer.ts';
import * as sampling from './sampling.ts';

/** A family exports kernels, and tables of them by variant and encoding. */
interface Table {
  readonly [name: string]: Kernel | Table;
}

function kernelsOf(table: Table): Kernel[] {
  return Object.values(table).flatMap((k) => ('entry' in k ? [k as Kernel] : kernelsOf(k)));
}

export const kernels: readonly Kernel[] = [
  //
  elementwise,
  attention,
  embedding,
  linear,
  loss,
  moe,
  norm,
  optimizer,
  sampling,
].flatMap(kernelsOf);
