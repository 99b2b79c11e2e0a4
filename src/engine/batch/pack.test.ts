import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseShapes, fittingShape, shapeOf } from './buckets.ts';
import type { EncodedRow } from './encode.ts';
import { countTrained } from './encoded-dataset.ts';
import { IGNORED, pack, type Shape, sizesOf } from './pack.ts';

const PAD = 9;

function row(ids: number[], trained: number[]): EncodedRow {
  return { row: 1, ids: Uint32Array.from(ids), trained: Uint8Array.from(trained) };
}

const anyRow = fc
  .array(fc.record({ id: fc.integer({ min: 10, max: 99 }), trained: fc.constantFrom(0, 1) }), { minLength: 1, maxLength: 40 })
  .map((tokens) =>
    row(
      tokens.map((token) => token.id),
      tokens.map((token) => token.trained),
    ),
  );

describe('pack', () => {
  it('lays two rows side by side: ids, positions, bounds, and the labels of tokens that predict one', () => {
    const batch = pack([row([10, 11, 12], [1, 0, 1]), row([20, 21], [1, 1])], { T: 8, M: 4 }, PAD);
    expect([...batch.ids]).toEqual([10, 11, 12, 20, 21, PAD, PAD, PAD]);
    expect([...batch.positions]).toEqual([0, 1, 2, 0, 1, 0, 0, 0]);
    expect([...batch.doc_start]).toEqual([0, 0, 0, 3, 3, 5, 6, 7]);
    expect([...batch.doc_end]).toEqual([3, 3, 3, 5, 5, 6, 7, 8]);
    expect([...batch.trained_rows]).toEqual([1, 3, 0xffffffff, 0xffffffff]);
    expect([...batch.columns.labels]).toEqual([12, 21, IGNORED, IGNORED]);
    expect([batch.trained, batch.tokens]).toEqual([2, 5]);
  });

  it('never predicts across documents, and counts labels as TRL does', () => {
    fc.assert(
      fc.property(fc.array(anyRow, { minLength: 1, maxLength: 6 }), (rows) => {
        const shape = shapeOf(rows);
        const batch = pack(rows, shape, PAD);
        expect(batch.trained).toBe(rows.reduce((sum, each) => sum + countTrained(each), 0));
        for (let t = 0; t < shape.T; t++) {
          expect(batch.positions[t]).toBe(t - batch.doc_start[t]!);
        }
        for (const [i, t] of batch.trained_rows.subarray(0, batch.trained).entries()) {
          expect(t + 1).toBeLessThan(batch.doc_end[t]!);
          expect(batch.columns.labels[i]).toBe(batch.ids[t + 1]);
        }
        expect([...batch.columns.labels.subarray(batch.trained)].every((label) => label === IGNORED)).toBe(true);
      }),
    );
  });

  it('refuses rows that do not fit', () => {
    expect(() => pack([row([1, 2, 3], [1, 1, 1])], { T: 2, M: 64 }, PAD)).toThrow(/T = 2/);
    expect(() => pack([row([1, 2, 3], [1, 1, 1])], { T: 64, M: 1 }, PAD)).toThrow(/M = 1/);
  });
});

describe('a second stream', () => {
  const rows = [row([10, 11, 12], [0, 0, 1]), row([20, 21, 22], [0, 1, 1])];
  const others = [row([30, 31, 32, 33, 12], [0, 0, 0, 0, 1]), row([40, 21, 22], [0, 1, 1])];

  it('has the same labels in the same order, after other prompts', () => {
    const batch = pack(rows, { T: 8, M: 4, beside: 10 }, PAD, others);
    expect([...batch.trained_rows]).toEqual([1, 3, 4, 0xffffffff]);
    expect([...batch.columns.labels]).toEqual([12, 21, 22, IGNORED]);
    const { beside } = batch;
    expect([...beside!.ids]).toEqual([30, 31, 32, 33, 12, 40, 21, 22, PAD, PAD]);
    expect([...beside!.positions]).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 0, 0]);
    expect([...beside!.doc_start]).toEqual([0, 0, 0, 0, 0, 5, 5, 5, 8, 9]);
    expect([...beside!.doc_end]).toEqual([5, 5, 5, 5, 5, 8, 8, 8, 9, 10]);
    expect([...beside!.trained_rows]).toEqual([3, 5, 6, 0xffffffff]);
    expect(sizesOf(batch)).toEqual({ T: 8, M: 4, beside: 10 });
    expect([batch.tokens, batch.trained, batch.rows]).toEqual([6, 3, 2]);
  });

  it('leaves the first one as it is without it', () => {
    const { beside: _, ...first } = pack(rows, { T: 8, M: 4, beside: 10 }, PAD, others);
    expect(first).toEqual(pack(rows, { T: 8, M: 4 }, PAD));
    expect(sizesOf(pack(rows, { T: 8, M: 4 }, PAD))).toEqual({ T: 8, M: 4 });
  });

  it('is refused where labels differ, where it does not fit, and where the shape and the rows disagree about it', () => {
    const shape: Shape = { T: 8, M: 4, beside: 10 };
    expect(() => pack(rows, shape, PAD, others.toReversed())).toThrow('label 0 is 12, and 21 in the second stream');
    expect(() => pack(rows, shape, PAD, others.slice(0, 1))).toThrow('label 1 is 21, and -100 in the second stream');
    expect(() => pack(rows, { ...shape, beside: 7 }, PAD, others)).toThrow('rows of 8 tokens do not fit into T = 7');
    expect(() => pack(rows, shape, PAD)).toThrow('the shape has 10 tokens for a second stream, and there is none');
    expect(() => pack(rows, { T: 8, M: 4 }, PAD, others)).toThrow('the shape has no tokens for a second stream, and there is one');
  });
});

describe('shapes', () => {
  const shape = fc
    .record({ T: fc.integer({ min: 1, max: 12 }), M: fc.integer({ min: 1, max: 12 }) })
    .map(({ T, M }) => ({ T: 64 * T, M: 64 * Math.min(T, M) }));
  const costOf = (needed: { T: number; M: number }[], shapes: { T: number; M: number }[]): number =>
    needed.reduce((sum, each) => sum + fittingShape(each, shapes).T + fittingShape(each, shapes).M, 0);

  it('hold every batch, and are few multiples of 64', () => {
    fc.assert(
      fc.property(fc.array(shape, { minLength: 1, maxLength: 30 }), (needed) => {
        const shapes = chooseShapes(needed);
        expect(shapes.length).toBeLessThanOrEqual(4);
        for (const each of needed) expect(() => fittingShape(each, shapes)).not.toThrow();
        for (const { T, M } of shapes) expect([T % 64, M % 64]).toEqual([0, 0]);
      }),
    );
  });

  it('waste no more than any one shape, and nothing when four suffice', () => {
    fc.assert(
      fc.property(fc.array(shape, { minLength: 1, maxLength: 20 }), (needed) => {
        expect(costOf(needed, chooseShapes(needed))).toBeLessThanOrEqual(costOf(needed, chooseShapes(needed, 1)));
      }),
    );
    const needed = [64, 128, 512, 1024, 64, 512].map((T) => ({ T, M: 64 }));
    expect(chooseShapes(needed).map(({ T }) => T)).toEqual([64, 128, 512, 1024]);
  });

  it('put the cut where the padding is least, as trying every cut shows', () => {
    fc.assert(
      fc.property(fc.array(shape, { minLength: 2, maxLength: 12 }), (needed) => {
        const largest = Math.max(...needed.map(({ T }) => T));
        const costs = [...new Set(needed.map(({ T }) => T))].map((cut) => {
          const parts = [needed.filter(({ T }) => T <= cut), needed.filter(({ T }) => T > cut)];
          const sizes = [cut, largest];
          return parts.reduce((sum, part, index) => sum + part.length * (sizes[index]! + Math.max(0, ...part.map(({ M }) => M))), 0);
        });
        expect(costOf(needed, chooseShapes(needed, 2))).toBeLessThanOrEqual(Math.min(...costs));
      }),
    );
  });

  it('hold second streams, whose tokens count as much as those of the first', () => {
    expect(shapeOf([row([1, 2], [0, 1])], [row(Array(70).fill(1), [...Array(69).fill(0), 1])])).toEqual({ T: 64, M: 64, beside: 128 });
    const both = (T: number, beside: number): Shape => ({ T, M: 64, beside });
    const needed = [both(64, 640), both(128, 64), both(192, 64), both(192, 128)];
    expect(chooseShapes(needed)).toEqual([both(64, 640), both(128, 64), both(192, 128)]);
    expect(chooseShapes(needed, 2)).toEqual([both(64, 640), both(192, 128)]);
    expect(chooseShapes(needed, 1)).toEqual([both(192, 640)]);
    expect(fittingShape(both(64, 128), [both(128, 64), both(192, 128)])).toEqual(both(192, 128));
    expect(() => fittingShape(both(64, 1000), needed)).toThrow('no shape holds 64 tokens with 64 trained and 1000 beside them');
    expect(() => fittingShape({ T: 64, M: 64 }, needed)).toThrow('no shape holds 64 tokens with 64 trained');
    expect(() => fittingShape(both(64, 64), [{ T: 64, M: 64 }])).toThrow('64 beside them');
  });
});
