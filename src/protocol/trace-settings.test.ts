/** Settings of rejection sampling: the defaults are good, each bad one is named with its place, and reasons and filters know the same names. */
import { expect, test } from 'vitest';
import { defaultTraces, LEAST, leastOf, TRACE_CHECKS, traceClauses, traceProblems, traceRules } from './trace-settings.ts';
import { PEER, passesFilter, TRACE_REASONS, type TraceSettings } from './traces.ts';

const made = (changes: object): unknown => ({ ...defaultTraces('2026-11-28'), ...changes });
const paths = (given: unknown): string[] => traceProblems(given).map(({ path }) => path);

test('the defaults have nothing wrong', () => {
  expect(traceProblems(defaultTraces('2026-11-28'))).toEqual([]);
  expect(Object.keys(defaultTraces().checks).sort()).toEqual(Object.keys(TRACE_CHECKS).sort());
});

test.each([
  ['a missing one', { generator: undefined }, ['generator'], 'generator is missing'],
  ['an unknown one', { temperature: 1 }, ['temperature'], 'temperature is not a setting that is known here'],
  ['no answers', { num_return_sequences: 0 }, ['num_return_sequences'], 'from 1 to 64'],
  ['half a row', { rows: 1.5 }, ['rows'], 'rows is 1.5'],
  ['another way to keep', { keep: 'last' }, ['keep'], 'first or best or all'],
  ['no languages at all', { most_per_language: 0 }, ['most_per_language'], 'null, "even" or a whole number'],
  ['a bar that is no number', { least: { accuracy: '1' } }, ['least'], 'an object of numbers'],
  ['a bar of no reward', { least: { correctness: 1 } }, ['least'], 'least names "correctness", which is no reward'],
  ['an unknown reward', { reward_funcs: ['correct'] }, ['reward_funcs'], 'there is no reward "correct"'],
  ['weights for others', { reward_weights: [1, 2] }, ['reward_weights'], 'reward_weights has 2 numbers and reward_funcs 1 names'],
  ['no checks', { checks: null }, ['checks'], 'checks must be an object'],
])('%s is named', (_, changes, where, says) => {
  expect(paths(made(changes))).toEqual(where);
  expect(traceClauses(made(changes)).join()).toContain(says);
});

test('parts of other tables are looked at by their own rules', () => {
  const { sampling, encoding, checks } = defaultTraces('2026-11-28');
  expect(paths(made({ sampling: { ...sampling, temperature: -1 } }))).toEqual(['sampling.temperature']);
  expect(paths(made({ encoding: { ...encoding, date: 'today' } }))).toEqual(['encoding.date']);
  expect(paths(made({ checks: { ...checks, ended: 'yes', closd: true } }))).toEqual(['checks.closd', 'checks.ended']);
});

test('choices that contradict each other are named', () => {
  const { sampling, encoding } = defaultTraces('2026-11-28');
  expect(paths(made({ sampling: { ...sampling, temperature: 0 } }))).toEqual(['num_return_sequences']);
  expect(paths(made({ generator: PEER, sampling: { ...sampling, top_p: 0.9 } }))).toEqual(['sampling.top_p']);
  expect(paths(made({ encoding: { ...encoding, thinking: 'no_think' } }))).toEqual(['checks.thought']);
});

test('without rewards anything that passes the checks is kept', () => {
  expect(traceProblems(made({ reward_funcs: [] }))).toEqual([]);
});

test('what a reward must pay: as set, else by the table, under TRL’s name too', () => {
  expect(leastOf('accuracy', {})).toBe(LEAST.accuracy);
  expect(leastOf('accuracy_reward', {})).toBe(1);
  expect(leastOf('accuracy_reward', { accuracy_trl: 0.5 })).toBe(0.5);
  expect(leastOf('repetition', {})).toBeNull();
  expect(leastOf('repetition', { repetition: -0.2 })).toBe(-0.2);
  expect(leastOf('nonsense', {})).toBeNull();
});

test('every reason is a filter that passes its own traces alone', () => {
  for (const reason of Object.keys(TRACE_REASONS) as (keyof typeof TRACE_REASONS)[]) {
    expect(passesFilter({ reason }, reason)).toBe(true);
    expect(passesFilter({ reason }, 'left-out')).toBe(true);
    expect(passesFilter({ reason: null }, reason)).toBe(false);
  }
  expect(passesFilter({ reason: null, suspicious: 'Look.' }, 'suspicious')).toBe(true);
  expect(passesFilter({ reason: 'wrong', suspicious: 'Look.' }, 'suspicious')).toBe(false);
});

test('every setting has a rule or is a part', () => {
  const settings: TraceSettings = defaultTraces();
  const known = [...Object.keys(traceRules), 'sampling', 'encoding', 'checks'];
  expect(Object.keys(settings).sort()).toEqual(known.sort());
});
