/** What becomes of traces among each other: the same whatever the order in which they came, one reason each, languages balanced after everything else. */
import { expect, test } from 'vitest';
import { defaultTraces } from '../../protocol/trace-settings.ts';
import type { ReasoningTrace, TraceSettings } from '../../protocol/traces.ts';
import { countsOf, select } from './select.ts';

function trace(row: number, sample: number, changes: Partial<ReasoningTrace> = {}): ReasoningTrace {
  return {
    ...{ row, sample, seed: 0, question: `Question ${row}`, gold: '1', language: 'German', answer_language: null },
    ...{
      thinking: `Thought ${row}/${sample}`,
      content: '1',
      stop: 'eos',
      tokens: 1,
      seconds: 1,
      verdicts: {},
      reward: 1,
      failed: null,
      why: '',
    },
    ...changes,
  };
}

const by = (traces: ReasoningTrace[], changes: Partial<TraceSettings> = {}) => {
  const settings = { ...defaultTraces('2026-11-28'), keep: 'all' as const, ...changes };
  const judged = select(traces, settings);
  const { kept, reasons } = countsOf(judged);
  expect(kept + Object.values(reasons).reduce((sum, n) => sum + n, 0)).toBe(traces.length);
  expect(select(traces.toReversed(), settings)).toEqual(judged);
  return Object.fromEntries(judged.map(({ row, sample, reason }) => [`${row}/${sample}`, reason]));
};

test('a duplicate is one of a trace that passes, across white space and Unicode forms, of one question alone', () => {
  const same = { thinking: 'Zwölf  ist\u00a0es.', content: 'é' };
  expect(
    by([
      trace(1, 0, { ...same, failed: 'wrong' }),
      trace(1, 1, same),
      trace(1, 2, { thinking: 'Zwo\u0308lf ist es.\n', content: 'e\u0301 ' }),
      trace(2, 0, { ...same, question: 'Question 1\n' }),
      trace(3, 0, same),
    ]),
  ).toEqual({ '1/0': 'wrong', '1/1': null, '1/2': 'duplicate', '2/0': 'duplicate', '3/0': null });
  const checks = { ...defaultTraces().checks, duplicates: false };
  expect(by([trace(1, 0, same), trace(1, 1, same)], { checks })).toEqual({ '1/0': null, '1/1': null });
});

test('of each row the first, or the best paid and of equals the first', () => {
  const traces = [
    trace(1, 0, { failed: 'cut' }),
    trace(1, 1),
    trace(1, 2, { reward: 2 }),
    trace(1, 3, { reward: 2 }),
    trace(2, 0, { reward: null }),
  ];
  expect(by(traces, { keep: 'first' })).toEqual({ '1/0': 'cut', '1/1': null, '1/2': 'not-chosen', '1/3': 'not-chosen', '2/0': null });
  expect(by(traces, { keep: 'best' })).toEqual({ '1/0': 'cut', '1/1': 'not-chosen', '1/2': null, '1/3': 'not-chosen', '2/0': null });
});

test('languages are balanced after the choice, by a seed', () => {
  const traces = Array.from({ length: 12 }, (_, i) => trace(i + 1, 0, { language: i < 8 ? 'German' : i < 11 ? 'French' : null }));
  const kept = (found: Record<string, unknown>) => Object.keys(found).filter((key) => found[key] === null);
  expect(kept(by(traces, { most_per_language: 3 }))).toHaveLength(7);
  expect(kept(by(traces, { most_per_language: 'even' }))).toHaveLength(3);
  const draws = [0, 1, 2].map((choice_seed) => kept(by(traces, { most_per_language: 2, choice_seed })).join());
  expect(new Set(draws).size).toBeGreaterThan(1);
  expect(draws[0]).toBe(kept(by(traces, { most_per_language: 2, choice_seed: 0 })).join());
});
