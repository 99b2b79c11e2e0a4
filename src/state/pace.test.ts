/** Pace and time left count the last seconds only: not what was here before, and not a pause. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { EngineEvent } from '../protocol/engine.ts';
import { type Facts, facts, noFacts, reduce } from './facts.ts';
import { paceOf, type Sample, timeLeft, withSample } from './pace.ts';

const samples = (pairs: [number, number][]): Sample[] => pairs.reduce<Sample[]>((all, [at, done]) => withSample(all, { at, done }), []);

describe('pace', () => {
  it('is what was done over the time it took, once a second has passed', () => {
    expect(paceOf(samples([[0, 100]]))).toBeNull();
    expect(paceOf(samples([[0, 100], [900, 1000]]))).toBeNull(); // biome-ignore format: pairs
    expect(paceOf(samples([[0, 100], [2000, 1100]]))).toBe(500); // biome-ignore format: pairs
  });

  it('forgets what is older than twelve seconds', () => {
    const slow = Array.from({ length: 60 }, (_, i): [number, number] => [i * 1000, i]);
    const fast = Array.from({ length: 20 }, (_, i): [number, number] => [60_000 + i * 1000, 59 + (i + 1) * 1000]);
    expect(paceOf(samples([...slow, ...fast]))).toBeCloseTo(1000, 0);
  });

  it('keeps few samples of many reports, and always the newest', () => {
    const many = samples(Array.from({ length: 5000 }, (_, i): [number, number] => [i * 5, i]));
    expect(many.length).toBeLessThan(60);
    expect(many.at(-1)).toEqual({ at: 4999 * 5, done: 4999 });
  });

  it('gives the time left, and none without a total', () => {
    const recent = samples([[0, 0], [1000, 10]]); // biome-ignore format: pairs
    expect(timeLeft({ recent, done: 10, total: 110 })).toBe(10);
    expect(timeLeft({ recent, done: 10, total: 0 })).toBeNull();
  });
});

describe('a download in the facts', () => {
  const report = (done: number, total = 1000): EngineEvent => ({ type: 'progress', task: 'model', label: 'x', done, total, unit: 'bytes' });
  const factsOf = (...events: [EngineEvent, number][]): Facts => events.reduce((state, [event, at]) => reduce(state, event, at), noFacts);
  const left = (state: Facts) => timeLeft(state.tasks.model!);

  beforeEach(() => facts.setState(noFacts, true));

  it('that goes on in the middle is not counted as done in a moment', () => {
    expect(left(factsOf([report(0, 0), 0], [report(800), 50], [report(850), 2050]))).toBe(6);
  });

  it('that was held counts from where it goes on', () => {
    const held = factsOf([report(100), 0], [report(200), 2000], [{ type: 'download-paused', paused: true }, 2000]);
    expect(held.downloadPaused).toBe(true);
    const on = reduce(held, { type: 'download-paused', paused: false }, 60_000);
    expect(left(reduce(reduce(on, report(210), 60_100), report(310), 62_100))).toBeCloseTo(13.8);
  });

  it('that becomes another piece of work starts anew', () => {
    expect(left(factsOf([report(900), 0], [report(1000), 2000], [report(0), 2100], [report(50), 2400]))).toBeNull();
  });
});
