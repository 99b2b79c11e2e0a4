/** Every kernel record, for the tests and the self-test. */
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

type Family = Readonly<Record<string, Kernel | Readonly<Record<string, Kernel>>>>;

/** A family exports single records and tables of records (one an encoding). */
function recordsOf(family: Family): Kernel[] {
  return Object.values(family).flatMap((k) => ('entry' in k ? [k as Kernel] : Object.values<Kernel>(k)));
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
].flatMap(recordsOf);
