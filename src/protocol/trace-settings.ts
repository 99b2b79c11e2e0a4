/** Settings of rejection sampling: rules, defaults, and what is wrong with given ones, as clauses by their place. */

import { rewardNamed, rewardProblems } from './reward-problems.ts';
import type { RewardName } from './rewards.ts';
import { flag, isRecord, numbers, objects, oneOf, orNull, type Rule, show, text, texts, whole } from './rules.ts';
import { samplingRules } from './sampling.ts';
import type { SettingProblem } from './setting-values.ts';
import { defaultSettings, settingProblems } from './setting-values.ts';
import { BASE, PEER, type TraceChecks, type TraceSettings } from './traces.ts';

/** What a reward must pay where nothing else is set; absent: it counts for the choice of the best alone. */
export const LEAST: Readonly<Partial<Record<RewardName, number>>> = {
  accuracy: 1,
  accuracy_trl: 1,
  code: 1,
  format: 1,
  think_format: 1,
  harmony: 1,
  language: 0.8,
  answer_language: 0.8,
  short_answer: 1,
  own: 0.5,
};

export const TRACE_CHECKS: Readonly<Record<keyof TraceChecks, { readonly label: string; readonly help: string }>> = {
  ended: { label: 'Ended by itself', help: 'Answers that were cut off are left out, even if a boxed answer is there.' },
  closed: { label: 'Thought closed', help: 'A thought that never ends has no answer.' },
  thought: { label: 'Has a thought', help: 'Off: answers without a thought are kept as rows without reasoning.' },
  readable_gold: {
    label: 'Right answer is a value',
    help: 'Off: where the row’s right answer is a sentence, an answer with its very words is right and any other cannot be checked.',
  },
  thought_language: {
    label: 'Thought in the language asked for',
    help: 'Right answers that were thought in another language are left out. Rows that ask for none are not judged.',
  },
  answer_language: { label: 'Answer in the language asked for', help: 'Only of rows that ask for one.' },
  repetition: { label: 'No repetition', help: 'A thought that says the same sentences over and over is left out.' },
  duplicates: {
    label: 'No duplicates',
    help: 'Of traces of one question that say the same, the first stays; white space and Unicode forms make no difference.',
  },
};

const choice: Rule = whole(0, 2 ** 32 - 1);
const even = { ...whole(1, 1_000_000), be: 'null, "even" or a whole number from 1 to 1,000,000' };

/** By the place in TraceSettings; sampling, encoding and rewards have rules of their own. */
export const traceRules = {
  generator: text(200),
  rows: orNull(whole(1, 1_000_000)),
  choice_seed: choice,
  num_return_sequences: whole(1, 64),
  reward_funcs: texts,
  reward_weights: orNull(numbers),
  reward_settings: objects,
  least: {
    be: 'an object of numbers',
    problems: (name: string, value: unknown) =>
      isRecord(value) && Object.values(value).every((one) => Number.isFinite(one))
        ? []
        : [`${name} is ${show(value)} and must be an object of numbers`],
  },
  keep: oneOf('first', 'best', 'all'),
  most_per_language: {
    ...even,
    problems: (name: string, value: unknown) =>
      value === null || value === 'even' ? [] : even.problems(name, value).map(() => `${name} is ${show(value)} and must be ${even.be}`),
  },
} as const satisfies Readonly<Record<string, Rule>>;

export function defaultTraces(date?: string): TraceSettings {
  return {
    generator: BASE,
    rows: null,
    choice_seed: 0,
    num_return_sequences: 4,
    sampling: { temperature: 0.7, top_k: 0, top_p: 1, min_p: 0, max_new_tokens: 512, seed: 0 },
    encoding: { ...defaultSettings(date).encoding, inject_reasoning_language: true }, // else a language would be checked that nothing asks for
    reward_funcs: ['accuracy'],
    reward_weights: null,
    reward_settings: {},
    least: {},
    keep: 'first',
    most_per_language: null,
    checks: {
      ended: true,
      closed: true,
      thought: true,
      readable_gold: false,
      thought_language: true,
      answer_language: true,
      repetition: true,
      duplicates: true,
    },
  };
}

/** What a chosen reward must pay, by the name that it was chosen by; null: nothing. */
export function leastOf(given: string, least: TraceSettings['least']): number | null {
  const name = rewardNamed(given);
  return least[given] ?? (name === null ? null : (least[name] ?? LEAST[name] ?? null));
}

/** Everything that is wrong; none where the settings are good. */
export function traceProblems(given: unknown): SettingProblem[] {
  if (!isRecord(given)) return [{ path: '', problem: `the settings must be an object and are ${show(given)}` }];
  const parts = ['sampling', 'encoding', 'checks'];
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(traceRules, name) && !parts.includes(name));
  const single = [
    ...unknown.map((name) => ({ path: name, problem: `${name} is not a setting that is known here` })),
    ...ruled(given, traceRules, ''),
    ...ruled(given.sampling, samplingRules, 'sampling'),
    ...ruled(given.checks, Object.fromEntries(Object.keys(TRACE_CHECKS).map((name) => [name, flag])), 'checks'),
    ...settingProblems(given.encoding, {}, 'encoding'),
  ];
  return single.length > 0 ? single : contradictions(given as unknown as TraceSettings); // all its places were just looked at
}

/** One sentence's worth of clauses. */
export function traceClauses(given: unknown): string[] {
  return traceProblems(given).map(({ problem }) => problem);
}

function ruled(given: unknown, rules: Readonly<Record<string, Rule>>, part: string): SettingProblem[] {
  if (!isRecord(given)) return [{ path: part, problem: `${part} must be an object and is ${show(given)}` }];
  const at = (name: string): string => (part === '' ? name : `${part}.${name}`);
  const unknown = part === '' ? [] : Object.keys(given).filter((name) => !Object.hasOwn(rules, name));
  return [
    ...unknown.map((name) => ({ path: at(name), problem: `${name} is not a setting that is known here` })),
    ...Object.entries(rules).flatMap(([name, rule]) => {
      const value = given[name];
      const clauses = value === undefined ? [`${name} is missing and must be ${rule.be}`] : rule.problems(name, value);
      return clauses.map((problem) => ({ path: at(name), problem }));
    }),
  ];
}

function contradictions({ generator, sampling, num_return_sequences, encoding, checks, ...rewards }: TraceSettings): SettingProblem[] {
  const { reward_funcs, reward_weights, reward_settings, least } = rewards;
  const problems: SettingProblem[] = [];
  const add = (path: string, problem: string): void => void problems.push({ path, problem });
  if (generator.trim() === '') add('generator', `generator is empty and must be "${BASE}", "${PEER}" or a kept adapter`);
  if (sampling.temperature === 0 && num_return_sequences > 1)
    add(
      'num_return_sequences',
      'with temperature 0 all answers to a row are the same; set num_return_sequences to 1, or a temperature above 0',
    );
  if (generator === PEER && (sampling.top_p < 1 || sampling.min_p > 0))
    add(
      sampling.top_p < 1 ? 'sampling.top_p' : 'sampling.min_p',
      'an ONNX model is sampled by temperature and top_k alone; set top_p to 1 and min_p to 0',
    );
  if (encoding.thinking === 'no_think' && checks.thought)
    add('checks.thought', 'thinking is no_think and checks.thought wants a thought; turn one of them off');
  if (reward_funcs.length > 0)
    for (const { reward, setting, problem } of rewardProblems(reward_funcs, reward_settings))
      add(setting === null || reward === null ? 'reward_funcs' : 'reward_settings', problem);
  if (reward_weights !== null && reward_weights.length !== reward_funcs.length)
    add(
      'reward_weights',
      `reward_weights has ${reward_weights.length} numbers and reward_funcs ${reward_funcs.length} names; give one each, or null`,
    );
  for (const name of Object.keys(least)) if (rewardNamed(name) === null) add('least', `least names ${show(name)}, which is no reward`);
  return problems;
}
