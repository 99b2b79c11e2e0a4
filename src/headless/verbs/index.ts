/** The verbs by name; each reads its own arguments and writes its own results. */

import { bench } from '../../../lab/bench/verb.ts';
import { evalBundled } from '../../../lab/bundled/verb.ts';
import { rehearse } from '../../../lab/rehearsal/verb.ts';
import { synthesize } from '../../../lab/synthetic/verb.ts';
import type { Runner } from '../runner.ts';
import { data } from './data.ts';
import { evaluate } from './eval.ts';
import { exportVerb } from './export.ts';
import { generate } from './generate.ts';
import { grads } from './grads.ts';
import { logits } from './logits.ts';
import { plan } from './plan.ts';
import { render } from './render.ts';
import { rewards } from './rewards.ts';
import { score } from './score.ts';
import { traces } from './traces.ts';
import { train } from './train.ts';

export type Verb = (argv: readonly string[], runner: Runner) => Promise<void>;

export const verbs: Readonly<Record<string, Verb>> = {
  logits,
  grads,
  train,
  generate,
  render,
  plan,
  data,
  rewards,
  score,
  traces,
  export: exportVerb,
  synthesize,
  rehearse,
  bench,
  eval: evaluate,
  'eval-bundled': evalBundled,
};
