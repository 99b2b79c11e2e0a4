/**
 * What goes wrong in runs that learn from rewards, by the figures that they log: each known fault with what is healthy, when it holds, and what to do.
 * Pure; levels and trends: run-history.ts.
 */
import { formatPercent } from '../lib/format.ts';
import { correctnessRewards } from '../protocol/rewards.ts';
import type { RunRecord } from '../protocol/training.ts';
import { DISTILLATION_WATCHED } from './distillation-flags.ts';
import { above, clippedAnswers, History, mean, RECENT, type SettingMend, strayLength, TREND, type Watched } from './run-history.ts';

export interface RedFlag {
  readonly name: string;
  /** What holds, with its figures. */
  readonly sentence: string;
  readonly mend: string;
  readonly set?: SettingMend;
}

/** Standard errors that a rise or fall must exceed. */
const SURE = 2;

export const WATCHED: readonly Watched[] = [
  {
    name: 'no-spread',
    title: 'Groups without spread',
    healthy:
      'Below 80 % of the answers are in groups that were paid alike. At step 1 a loss of 0 is normal, a reward that never differs is not.',
    mend: 'Take harder prompts where they are paid well, easier ones or a cold start with a few SFT steps where they are not; a higher temperature or more answers per prompt also helps.',
    sees: above(
      'frac_reward_zero_std',
      0.8,
      (value) => `${formatPercent(value)} of the answers are in groups that were paid alike, so nothing is learned from them.`,
    ),
  },
  {
    name: 'nothing-paid',
    title: 'Nothing is paid',
    healthy: 'Some answers earn something from the first batches on.',
    mend: 'Look at some answers below: a reward may not read them. Otherwise a cold start with a few SFT steps gives it something to pay.',
    sees: (history) => {
      const [paid, spread] = [history.values('reward'), history.values('reward_std')];
      const nothing = paid.length >= RECENT && paid.every((value) => value <= 0) && spread.every((value) => value === 0);
      return nothing ? `None of the ${paid.length} batches so far has earned anything.` : null;
    },
  },
  {
    name: 'flat',
    title: 'Flat reward',
    healthy: 'The reward rises by more than its own noise within some 20 batches, unless nearly all is paid already.',
    mend: 'Raise learning_rate or num_generations; look below whether good and bad answers differ in what the rewards see.',
    sees: (history) => {
      const trend = history.length < 20 || (history.recent('frac_reward_zero_std') ?? 0) > 0.5 ? null : history.trend('reward');
      return trend !== null && Math.abs(trend) < 1 ? `The reward has not risen beyond its noise in ${history.length} batches.` : null;
    },
  },
  {
    name: 'falling',
    title: 'Falling reward',
    healthy: 'The reward does not fall for long.',
    mend: 'Lower learning_rate, or give beta a value such as 0.04.',
    sees: (history) => ((history.trend('reward') ?? 0) < -SURE ? 'The reward is lower than in the first half of the run.' : null),
  },
  {
    name: 'hacked',
    title: 'Reward without right answers',
    healthy: 'Where the reward rises, right answers do not become fewer.',
    mend: 'Look at well-paid answers below. Raise the weight of right answers, or make the other reward a gate.',
    sees: (history) => {
      if ((history.trend('reward') ?? 0) < SURE) return null;
      const fallen = correctnessRewards.find((name) => (history.trend(`rewards/${name}/mean`) ?? 0) < -SURE);
      const ends = fallen && history.ends(`rewards/${fallen}/mean`);
      return ends
        ? `The reward rises while right answers fall from ${ends.first.toFixed(2)} to ${ends.last.toFixed(2)} (rewards/${fallen}).`
        : null;
    },
  },
  {
    name: 'entropy-collapse',
    title: 'Entropy collapse',
    healthy: 'The entropy falls slowly. Near 0 every answer is the same, and no group has anything to compare.',
    mend: 'Lower learning_rate, raise temperature or epsilon_high (0.28 is usual), or give entropy_coef a small value.',
    sees: (history) => {
      const ends = history.ends('entropy');
      const fell = ends !== null && ends.last < 0.2 && ends.last < 0.25 * ends.first;
      return fell ? `The entropy has fallen from ${ends.first.toFixed(2)} to ${ends.last.toFixed(2)}.` : null;
    },
  },
  {
    name: 'entropy-rise',
    title: 'Rising entropy',
    healthy: 'The entropy does not grow to a multiple of its beginning.',
    mend: 'Lower learning_rate or temperature: answers are becoming random.',
    sees: (history) => {
      const ends = history.ends('entropy');
      const rose = ends !== null && ends.last > 1 && ends.last > 2 * ends.first;
      return rose ? `The entropy has grown from ${ends.first.toFixed(2)} to ${ends.last.toFixed(2)}.` : null;
    },
  },
  clippedAnswers('Raise max_completion_length, add the reward "Too long", or leave such answers out with mask_truncated_completions.'),
  {
    name: 'alike',
    title: 'Answers alike',
    healthy: 'At least half of a group’s answers differ from each other.',
    mend: 'Raise temperature, or stop here: groups of equal answers teach nothing.',
    sees: (history) => {
      const value = history.recent('completions/distinct_ratio');
      return value !== null && value < 0.5 ? `Only ${formatPercent(value)} of the answers of a group differ word for word.` : null;
    },
  },
  strayLength(
    'Look at some answers below: a reward may pay for the length itself. An empty thought should earn nothing, and "Too long" takes off for length.',
  ),
  {
    name: 'kl',
    title: 'Growing KL divergence',
    healthy: 'Below 0.3 per token, and not growing ever faster. It is logged where beta is not 0.',
    mend: 'Raise beta or lower learning_rate: the model is leaving what it could do before.',
    sees: (history) => {
      const [last, values] = [history.recent('kl'), history.values('kl')];
      const middle = values.length >= TREND ? mean(values.slice(0, Math.floor(values.length / 2))) : null;
      if (last === null || !(last > 0.3 || (middle !== null && last > 0.05 && last > 3 * middle))) return null;
      return `The KL divergence to the model without its adapter is ${last.toFixed(2)} per token${middle !== null && last > 3 * middle ? ' and grows fast' : ''}.`;
    },
  },
  {
    name: 'clipped-tokens',
    title: 'Tokens clipped',
    healthy: 'Below 30 % of the tokens have moved beyond epsilon. At one step per batch of answers it is always 0.',
    mend: 'Lower learning_rate or num_iterations: most of a batch no longer counts by the time it is learned from.',
    sees: above('clip_ratio/region_mean', 0.3, (value) => `${formatPercent(value)} of the tokens are clipped.`),
  },
  {
    name: 'unread',
    title: 'Answers not read',
    healthy: 'Rewards can read nearly all answers, and rows have right answers that can be read. Above 20 % the judge is the fault.',
    mend: 'Choose "Not read by a reward" below and read why; mend the rows, or ask for a box or an answer tag.',
    // What is cut off has mostly no answer yet; that is said above.
    sees: (history) => {
      const [unread, cut] = [history.recent('parse_failures'), history.recent('completions/clipped_ratio') ?? 0];
      if (unread === null || unread - cut <= 0.2) return null;
      return `A reward could read nothing in ${formatPercent(unread)} of the answers or their rows.`;
    },
  },
];

/** The known faults of runs of a method; none of one that learns from rows. */
export function watchedIn(method: string | undefined): readonly Watched[] {
  if (method === 'distillation') return DISTILLATION_WATCHED;
  return method === 'grpo' ? WATCHED : [];
}

/** Those that hold now, in the order of the table. */
export function redFlags(run: Pick<RunRecord, 'metrics' | 'settings'>): RedFlag[] {
  const history = new History(run);
  return watchedIn(run.settings.method).flatMap(({ name, sees, mend, set }) => {
    const sentence = sees(history);
    return sentence === null ? [] : [{ name, sentence, mend, ...(set && { set }) }];
  });
}
