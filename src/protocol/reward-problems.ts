/**
 * What is wrong with a choice of rewards: names that there are not, settings outside their rules, and choices that contradict each other. The form shows
 * each beside its field; the worker and the headless verbs refuse all of them in one sentence.
 */
import { REWARD_NAMES, type RewardName, rewardTable } from './rewards.ts';
import { isRecord, show } from './rules.ts';

export interface RewardProblem {
  /** As it was given; null: of the choice as a whole. */
  readonly reward: string | null;
  /** null: of the reward itself. */
  readonly setting: string | null;
  /** A clause that names both, with the allowed values. */
  readonly problem: string;
}

/** Ours, or TRL's name of the same. */
export function rewardNamed(given: string): RewardName | null {
  return REWARD_NAMES.find((name) => name === given || rewardTable[name].trl === given) ?? null;
}

/** What was given for a reward, under the name that was used or ours. */
export function givenSettings(given: string, settings: Readonly<Record<string, unknown>>): unknown {
  return settings[given] ?? settings[rewardNamed(given) ?? given] ?? {};
}

/** Multiplied into the others instead of added to them. */
export function isGateSetting(settings: unknown): boolean {
  return isRecord(settings) && (settings.combine === 'gate' || settings.combine === 'anneal');
}

/** Settings of rewards that are not chosen are not judged: they wait for their reward. */
export function rewardProblems(names: readonly string[], settings: Readonly<Record<string, unknown>>): RewardProblem[] {
  const problems: RewardProblem[] = [];
  const known = names.filter((given) => rewardNamed(given) !== null);
  for (const given of names) {
    const name = rewardNamed(given);
    if (name) problems.push(...settingsProblems(given, name, givenSettings(given, settings)));
    else
      problems.push({
        reward: given,
        setting: null,
        problem: `there is no reward ${show(given)}; there are ${REWARD_NAMES.join(', ')}`,
      });
  }
  const twice = known.filter((given, at) => known.findIndex((other) => rewardNamed(other) === rewardNamed(given)) < at);
  problems.push(...twice.map((given) => ({ reward: given, setting: null, problem: `${rewardNamed(given)} is chosen twice` })));
  const gates = known.filter((given) => isGateSetting(givenSettings(given, settings)));
  if (known.length > 0 && gates.length === known.length)
    problems.push({
      reward: gates[0]!,
      setting: 'combine',
      problem: 'a gate multiplies other rewards and there is none; choose one, or combine: add',
    });
  if (names.length === 0) problems.push({ reward: null, setting: null, problem: 'no reward is chosen' });
  return problems;
}

function settingsProblems(given: string, name: RewardName, settings: unknown): RewardProblem[] {
  const table = rewardTable[name].settings;
  const problem = (setting: string | null, clause: string): RewardProblem => ({ reward: given, setting, problem: clause });
  if (!isRecord(settings)) return [problem(null, `the settings of ${name} are ${show(settings)} and must be an object`)];
  const single = Object.entries(settings).flatMap(([key, value]) => {
    const row = Object.hasOwn(table, key) ? table[key]! : undefined;
    if (row) return row.rule.problems(`${name}.${key}`, value).map((clause) => problem(key, clause));
    const others = Object.keys(table).length > 0 ? `, it has ${Object.keys(table).join(', ')}` : '';
    return [problem(key, `${name} has no setting ${key}${others}`)];
  });
  const priced = isGateSetting(settings) ? (['right', 'wrong'] as const).filter((key) => differs(settings[key], table[key]?.default)) : [];
  return [
    ...single,
    ...priced.map((key) => {
      const clause = `${name}.${key} is ${show(settings[key])} and a gate multiplies by the share itself; leave it ${show(table[key]!.default)}, or combine: add`;
      return problem(key, clause);
    }),
  ];
}

const differs = (value: unknown, otherwise: unknown): boolean => value !== undefined && value !== otherwise;
