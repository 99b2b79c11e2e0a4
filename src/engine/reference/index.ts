/** Every op's twin, by op name. A test checks that every op and every kernel has one. */

import { addIntoTwin, addTwin } from './add.ts';
import { embeddingTwin } from './embedding.ts';
import { gatherRowsTwin, scatterRowsTwin } from './gather-rows.ts';
import { linearTransposedTwin, linearTwin, linearWeightGradientTwin } from './linear.ts';
import { rmsNormGradientTwin, rmsNormTwin } from './rms-norm.ts';
import type { Twin } from './twin.ts';

export const allTwins: readonly Twin[] = [
  addIntoTwin,
  addTwin,
  embeddingTwin,
  gatherRowsTwin,
  linearTransposedTwin,
  linearTwin,
  linearWeightGradientTwin,
  rmsNormGradientTwin,
  rmsNormTwin,
  scatterRowsTwin,
];

export const twins: ReadonlyMap<string, Twin> = new Map(allTwins.map((t) => [t.op.name, t]));
