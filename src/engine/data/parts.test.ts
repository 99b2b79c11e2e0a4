import { expect, it } from 'vitest';
import type { Stage } from '../../protocol/stages.ts';
import { mixed, partRows, stageRows } from './parts.ts';

const languages = [...Array(60).fill('German'), ...Array(30).fill('French'), ...Array(10).fill(''), null] as (string | null)[];

it('a part takes every row that it means, and none that cannot be used', () => {
  expect(partRows(languages, { of: 'dataset' }, 0)).toHaveLength(100);
  expect(partRows(languages, { of: 'dataset', languages: 'without' }, 0)).toEqual([90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
  expect(partRows(languages, { of: 'dataset', languages: 'with', rows: 1000 }, 0)).toHaveLength(90);
  expect(partRows([], { of: 'dataset', rows: 3 }, 0)).toEqual([]);
});

it('of a number of rows every language gets its share, the same ones for a seed', () => {
  const of = (seed: number) => partRows(languages, { of: 'dataset', rows: 10 }, seed);
  const counts = (places: number[]) => ['German', 'French', ''].map((language) => places.filter((at) => languages[at] === language).length);
  expect(counts(of(0))).toEqual([6, 3, 1]);
  expect(of(0)).toEqual(of(0));
  expect(of(0)).not.toEqual(of(1));
  expect(counts(partRows(languages, { of: 'dataset', rows: 7 }, 0))).toEqual([4, 2, 1]);
});

it('a stage leaves out the rows of another, and takes none twice', () => {
  const of = () => languages;
  const stages = [
    { data: [{ of: 'dataset', rows: 20 }] },
    {
      data: [
        { of: 'dataset', but: 1 },
        { of: 'dataset', languages: 'without' },
      ],
    },
    { data: [{ of: 1 }] },
  ] as unknown as Stage[];
  const [first, second] = [stageRows(stages, 1, of, 0), stageRows(stages, 2, of, 0)];
  expect(new Set(second).size).toBe(second.length);
  expect(second.filter((at) => first.includes(at)).every((at) => languages[at] === '')).toBe(true);
  expect(second.length).toBe(82);
  expect(stageRows(stages, 3, of, 0)).toEqual([]);
});

/** Red before: the rows that the other takes were looked for among all that can be asked, so that some of them were taken again. */
it('the rows that a stage leaves out are those that the other can use', () => {
  const stages = [
    { kind: 'sft', data: [{ of: 'dataset', rows: 10 }] },
    { kind: 'grpo', data: [{ of: 'dataset', but: 1 }] },
  ] as Stage[];
  const asked = Array.from({ length: 40 }, () => 'German');
  const answered = asked.map((language, at) => (at % 2 ? null : language));
  const of = ({ kind }: Stage) => (kind === 'sft' ? answered : asked);
  const [first, second] = [stageRows(stages, 1, of, 0), stageRows(stages, 2, of, 0)];
  expect([first.length, second.length]).toEqual([10, 30]);
  expect(second.filter((at) => first.includes(at))).toEqual([]);
});

it('several parts are mixed in one order that follows from the seed; one part stays as it is', () => {
  const [a, b] = [Array.from({ length: 20 }, (_, i) => i), Array.from({ length: 20 }, (_, i) => 100 + i)];
  expect(mixed([a, []], 3)).toEqual(a);
  const both = mixed([a, b], 3);
  expect(both).toEqual(mixed([a, b], 3));
  expect([...both].sort((x, y) => x - y)).toEqual([...a, ...b]);
  expect(both.slice(0, 20).some((x) => x >= 100)).toBe(true);
});
