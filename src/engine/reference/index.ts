/** Every op's twin, by op name. A test checks that every op and every kernel has one. */

import { adamwTwin } from './adamw.ts';
import { addIntoTwin, addTwin } from './add.ts';
import { advanceTwin } from './advance.ts';
import { attentionGradientTwin, attentionTwin } from './attention.ts';
import { attentionStepTwin } from './attention-step.ts';
import { cacheWriteTwin } from './cache-write.ts';
import { chunkedHeadTwin } from './chunked-head.ts';
import { concatRowsTwin, splitRowsTwin } from './chunks.ts';
import { crossEntropyTwin, lossSumsTwin } from './cross-entropy.ts';
import { divergenceSumsTwin, divergenceTwin, headDivergenceTwin } from './divergence.ts';
import { embeddingTwin } from './embedding.ts';
import { expertRowsTwin, expertSumTwin, expertSwigluTwin } from './expert-gemv.ts';
import { flaggedSumsTwin } from './flagged-sums.ts';
import { gateUpTwin } from './gate-up.ts';
import { gatherRowsTwin, scatterRowsTwin } from './gather-rows.ts';
import { gluGradientTwin, gluTwin } from './glu.ts';
import { gradientNormTwin } from './gradient-norm.ts';
import { groupedLinearTransposedTwin, groupedLinearTwin, groupedLinearWeightGradientTwin, moeGatherSumTwin } from './grouped-linear.ts';
import { entropyThresholdTwin, grpoTwin } from './grpo.ts';
import { packInt16Twin, unpackInt16Twin } from './int16.ts';
import { joinColumnsTwin } from './join-columns.ts';
import { linearLoraTwin, linearTransposedTwin, linearTwin, linearWeightGradientTwin } from './linear.ts';
import { headLogProbsTwin, logProbsGradientTwin, logProbsTwin } from './log-probs.ts';
import { moeCombineGradientTwin, moeCombineTwin } from './moe-combine.ts';
import { moeRouteTwin } from './moe-route.ts';
import { movingAverageTwin } from './moving-average.ts';
import { normDownTwin } from './norm-down.ts';
import { normRouteTopKTwin } from './norm-route-top-k.ts';
import { qkvTwin } from './qkv.ts';
import { rmsNormGradientTwin, rmsNormTwin } from './rms-norm.ts';
import { ropeTwin } from './rope.ts';
import { routeTopKGradientTwin, routeTopKTwin } from './route-top-k.ts';
import { routerBalanceGradientTwin, routerBalanceLossTwin, routerBalanceSumsTwin } from './router-balance.ts';
import { sampleTwin } from './sample.ts';
import { swigluGradientTwin, swigluTwin } from './swiglu.ts';
import type { Twin } from './twin.ts';

export const allTwins: readonly Twin[] = [
  adamwTwin,
  addIntoTwin,
  addTwin,
  advanceTwin,
  attentionGradientTwin,
  attentionStepTwin,
  attentionTwin,
  cacheWriteTwin,
  chunkedHeadTwin,
  concatRowsTwin,
  crossEntropyTwin,
  divergenceSumsTwin,
  divergenceTwin,
  embeddingTwin,
  entropyThresholdTwin,
  expertRowsTwin,
  expertSumTwin,
  expertSwigluTwin,
  flaggedSumsTwin,
  gatherRowsTwin,
  gateUpTwin,
  gluGradientTwin,
  gluTwin,
  gradientNormTwin,
  grpoTwin,
  headDivergenceTwin,
  headLogProbsTwin,
  joinColumnsTwin,
  linearLoraTwin,
  linearTransposedTwin,
  linearTwin,
  linearWeightGradientTwin,
  logProbsGradientTwin,
  logProbsTwin,
  lossSumsTwin,
  moeCombineGradientTwin,
  moeCombineTwin,
  moeGatherSumTwin,
  groupedLinearTransposedTwin,
  groupedLinearTwin,
  moeRouteTwin,
  groupedLinearWeightGradientTwin,
  packInt16Twin,
  movingAverageTwin,
  normDownTwin,
  normRouteTopKTwin,
  qkvTwin,
  rmsNormGradientTwin,
  rmsNormTwin,
  ropeTwin,
  routerBalanceGradientTwin,
  routerBalanceLossTwin,
  routerBalanceSumsTwin,
  routeTopKGradientTwin,
  routeTopKTwin,
  sampleTwin,
  scatterRowsTwin,
  splitRowsTwin,
  swigluGradientTwin,
  swigluTwin,
  unpackInt16Twin,
];

export const twins: ReadonlyMap<string, Twin> = new Map(allTwins.map((t) => [t.op.name, t]));
