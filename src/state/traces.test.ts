/** Choices and words of making rows: who answers as things are, what an earlier visit kept, what a reward must pay, and numbers that add up. */
import { beforeEach, expect, it } from 'vitest';
import type { KeptAdapter } from '../protocol/model.ts';
import { BASE, PEER, type TraceProgress, type TraceRecord } from '../protocol/traces.ts';
import { STANDING } from './evaluation.ts';
import { noFacts } from './facts.ts';
import {
  chooseTraces,
  freshTraces,
  generatorNow,
  keptSentence,
  reasonCounts,
  recalledTraces,
  recordNow,
  tracesStore,
  withLeast,
} from './traces.ts';

beforeEach(() => tracesStore.setState(freshTraces, true));

const adapter = (id: string, rest: Partial<KeptAdapter>): KeptAdapter => ({ id, name: id, fits: true, ...rest }) as KeptAdapter;

it('who answers is one that is there: a chosen adapter that is gone, or fits another model, leaves the base model', () => {
  const kept = { adapters: [adapter('a', { standing: true }), adapter('b', {}), adapter('c', { fits: false })], leaving: null };
  const standing = { name: 'a' } as NonNullable<typeof noFacts.adapter>;
  const now = { ...noFacts, kept, adapter: standing, peer: 'onnx' };
  expect([STANDING, 'b', 'c', 'gone', PEER, BASE].map((one) => generatorNow(one, now))).toEqual(['a', 'b', BASE, BASE, PEER, BASE]);
  expect([STANDING, PEER].map((one) => generatorNow(one, { ...now, adapter: null, peer: null }))).toEqual([BASE, BASE]);
});

it('choices of an earlier visit come back where they are good', () => {
  const { chosen } = freshTraces;
  expect(recalledTraces({ chosen: { ...chosen, rows: 12, keep: 'all' }, opened: '7' })).toMatchObject({
    opened: '7',
    chosen: { rows: 12, keep: 'all', generator: STANDING },
  });
  expect(recalledTraces({ chosen: { ...chosen, num_return_sequences: 0 }, opened: null }).chosen).toBeUndefined();
  chooseTraces({ most_per_language: 'even' });
  expect(recalledTraces({ chosen: tracesStore.getState().chosen, opened: null }).chosen).toMatchObject({ most_per_language: 'even' });
});

it('what a reward must pay is kept only where it is not as the table has it', () => {
  const more = withLeast({}, 'language', 0.95);
  expect(more).toEqual({ language: 0.95 });
  expect(withLeast(more, 'language', 0.8)).toEqual({});
  expect(withLeast(more, 'language', undefined)).toEqual({});
  expect(withLeast(more, 'length', 0.5)).toEqual({ language: 0.95, length: 0.5 });
});

const record = { id: '1', phase: 'running', done: 4, kept: 1, reasons: { wrong: 2, cut: 1 } } as unknown as TraceRecord;

it('reasons stand in the order in which they are looked for, without those that hold of none, and add up with what is kept', () => {
  const counts = reasonCounts({ reasons: { wrong: 2, balance: 0, cut: 1 } });
  expect(counts.map(({ reason, count }) => [reason, count])).toEqual([
    ['cut', 1],
    ['wrong', 2],
  ]);
  expect(counts.reduce((sum, { count }) => sum + count, record.kept)).toBe(record.done);
});

it('a set under way is what was reported of it last, and no other set is', () => {
  const progress = { id: '1', phase: 'running', done: 6, kept: 3, reasons: { wrong: 3 }, rate: 10, left: 5 } as unknown as TraceProgress;
  expect(recordNow(record, progress)).toMatchObject({ done: 6, kept: 3, reasons: { wrong: 3 } });
  expect(recordNow(record, progress)).not.toHaveProperty('rate');
  expect(recordNow(record, { ...progress, id: '2' })).toBe(record);
  expect(recordNow({ ...record, done: 8 }, progress)).toMatchObject({ done: 8, kept: 1 });
  expect(recordNow(undefined, progress)).toBeUndefined();
});

/** Red before: the last progress of its making lay over the counts that were chosen anew, which the page then never showed. */
it('a set that was chosen anew after it was made has its own counts', () => {
  const progress = { id: '1', phase: 'done', done: 4, kept: 3, reasons: { wrong: 1 } } as unknown as TraceProgress;
  const anew = { ...record, phase: 'done' as const };
  expect(recordNow(anew, progress)).toBe(anew);
  expect(recordNow({ ...anew, phase: 'paused' }, { ...progress, phase: 'running' })).toMatchObject({ phase: 'running', kept: 3 });
  expect(recordNow(record, progress), 'its end comes before its record').toMatchObject({ phase: 'done', kept: 3 });
  expect(recordNow({ ...anew, done: 2 }, progress)).toMatchObject({ done: 4, kept: 3 });
});

it.each([
  [{ done: 0, kept: 0 }, 'No answer is there yet.'],
  [{ done: 8, kept: 0 }, 'None of 8 answers is kept; the reasons below say why.'],
  [{ done: 1, kept: 1 }, '1 of 1 answer is kept (100 %).'],
  [{ done: 40, kept: 13 }, '13 of 40 answers are kept (33 %).'],
])('what came of %o is said in a sentence', (counts, sentence) => {
  expect(keptSentence(counts)).toBe(sentence);
});
