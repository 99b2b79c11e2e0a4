/** Adapters beside each other: which ranks are whose, and where their values come to lie. */
import { expect, it } from 'vitest';
import type { AdaptableWeight } from '../files/adaptable.ts';
import type { AdapterTarget } from '../files/adapter-plan.ts';
import { ranksOf } from '../ops/own-ranks.ts';
import { besideBase, joinLayouts } from './joined.ts';
import { layoutAdapter } from './lora.ts';

const weights = ['a', 'b', 'c'].map((path): AdaptableWeight => ({ path, kind: 'module', in: 8, out: 4, experts: 1 }));
const targets = (ranks: Record<string, number>): AdapterTarget[] =>
  Object.entries(ranks).map(([path, r]) => ({ ...weights[0]!, path, r, alpha: 2 * r, scale: 2, keyA: `${path}.A`, keyB: `${path}.B` }));

it('gives every adapter its ranks in whole quads, in the order of the model, and none where it has none', () => {
  const { targets: joined, own } = joinLayouts(weights, [{ targets: targets({ c: 5, a: 4 }) }, { targets: targets({ a: 3 }) }]);
  expect(joined.map(({ path, r, scale }) => [path, r, scale])).toEqual([
    ['a', 8, 1],
    ['c', 8, 1],
  ]);
  expect(own).toEqual({
    count: 2,
    mixes: [
      [4, 4],
      [8, 0],
    ],
    mixOf: new Map([
      ['a', 0],
      ['c', 1],
    ]),
  });
});

it('leaves one adapter where it is', () => {
  const layout = layoutAdapter(targets({ a: 3, c: 4 }));
  expect(besideBase(layout)).toEqual({
    ...layout,
    own: {
      count: 1,
      mixes: [[4]],
      mixOf: new Map([
        ['a', 0],
        ['c', 0],
      ]),
    },
  });
});

it('tells each row its quads by mix, none for the base model', () => {
  const mixes = [
    [4, 12],
    [0, 8],
  ];
  expect([...ranksOf([undefined, 0, 1], mixes)]).toEqual([...[0, 0, 0, 0], ...[0, 1, 0, 0], ...[1, 4, 0, 2]]);
});
