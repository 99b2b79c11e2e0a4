/** Rules for sampling settings, by transformers' names. The worker checks them, and the inputs of Compare have the same minimum and maximum. */
import type { SamplingSettings } from './generation.ts';
import { isRecord, number, type Rule, show, whole } from './rules.ts';

export const samplingRules: { readonly [Name in keyof SamplingSettings]: Rule } = {
  temperature: number({ from: 0, to: 10 }),
  top_k: whole(0, 1_000_000),
  top_p: number({ from: 0, to: 1 }),
  min_p: number({ from: 0, to: 1 }),
  max_new_tokens: whole(1, 131_072),
  seed: whole(0, 2 ** 32 - 1),
};

/** Clauses about everything that is wrong; unknown and missing names included. */
export function samplingProblems(given: unknown): string[] {
  if (!isRecord(given)) return [`sampling must be an object and is ${show(given)}`];
  return ruleProblems(given, samplingRules);
}

/** Every name of the rules must be there and good, and no other. */
export function ruleProblems(given: Readonly<Record<string, unknown>>, rules: Readonly<Record<string, Rule>>): string[] {
  const unknown = Object.keys(given).filter((name) => given[name] !== undefined && !Object.hasOwn(rules, name));
  return [
    ...unknown.map((name) => `${name} is not a setting that is known here`),
    ...Object.entries(rules).flatMap(([name, rule]) =>
      given[name] === undefined ? [`${name} is missing and must be ${rule.be}`] : rule.problems(name, given[name]),
    ),
  ];
}
