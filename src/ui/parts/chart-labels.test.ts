/** Labels at the lines' ends stand inside the plot, apart from each other, and none is lost without being counted. */
import { describe, expect, it } from 'vitest';
import { type EndLabel, placeLabels } from './chart-labels.ts';
import { sharedSegments } from './chart-overlay.ts';

const room = { top: 10, bottom: 100, gap: 12 };
const label = (y: number, name: string, value = String(y)): EndLabel => ({ y, name, value, color: `--${name}` });

describe('placeLabels', () => {
  it('leaves a label beside its line where there is room', () => {
    expect(placeLabels([label(40, '', '2.1')], room)).toEqual([{ y: 40, text: '2.1', color: '--' }]);
    expect(placeLabels([label(80, 'b'), label(20, 'a')], room).map(({ y, text }) => [y, text])).toEqual([
      [20, 'a 20'],
      [80, 'b 80'],
    ]);
  });

  it('moves it inside the plot', () => {
    expect(placeLabels([label(2, 'a'), label(140, 'b')], room).map(({ y }) => y)).toEqual([10, 100]);
  });

  it('lets lines that end together share one', () => {
    const same = ['de', 'fr', 'sw', 'zu'].map((name) => label(10, name, '100 %'));
    expect(placeLabels(same, room)).toEqual([{ y: 10, text: 'de, fr +2 100 %', color: '--mantine-color-text' }]);
    expect(placeLabels(same.slice(0, 2), room)[0]!.text).toBe('de, fr 100 %');
  });

  it('counts those without room', () => {
    const many = Array.from({ length: 20 }, (_, i) => label(10 + i, `l${i}`));
    const placed = placeLabels(many, room);
    expect(placed).toHaveLength(8);
    expect(placed.at(-1)!.text).toBe('13 more');
  });

  it('keeps any twenty labels in the plot and apart', () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 48271) % 2147483647;
      return seed / 2147483647;
    };
    for (let round = 0; round < 300; round++) {
      const wanted = Array.from({ length: Math.ceil(random() * 20) }, (_, i) => label(Math.round(random() * 130) - 10, `l${i}`));
      const ys = placeLabels(wanted, room).map(({ y }) => y);
      expect(ys.every((y) => y >= room.top && y <= room.bottom)).toBe(true);
      expect(ys.slice(1).every((y, i) => y - ys[i]! >= room.gap - 1e-9)).toBe(true);
    }
  });
});

describe('sharedSegments', () => {
  it('finds where lines run together, over their gaps', () => {
    const x = [0, 1, 2, 3];
    const data = [x, [1, null, 1, 0.5], [1, null, 1, 1], [0, null, 1, 1]] as [number[], ...(number | null)[][]];
    expect(sharedSegments(data, [1, 2, 3])).toEqual([
      { from: 0, to: 0, members: [1, 2] },
      { from: 0, to: 2, members: [1, 2] },
      { from: 2, to: 3, members: [2, 3] },
    ]);
    expect(sharedSegments(data, [1])).toEqual([]);
  });
});
