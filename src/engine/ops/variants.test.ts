/** On both sides of every threshold. */
import { expect, it } from 'vitest';
import { gemvVariant, groupedLinearVariant, linearVariant, normVariant, quadVariant, tileVariant, transposedVariant } from './variants.ts';

it('takes gemv for few rows of a wide matrix in whole steps', () => {
  expect(linearVariant(16, 12, 1024, 'bf16')).toBe('gemv');
  expect(linearVariant(16, 13, 1024, 'bf16')).toBe('gemv');
  expect(linearVariant(17, 12, 1024, 'bf16')).toBe('forward');
  expect(linearVariant(16, 12, 1020, 'bf16')).toBe('forward');
  expect(linearVariant(16, 12, 1028, 'bf16')).toBe('forward'); // steps of bf16 are 8 values
  expect(linearVariant(16, 13, 1028, 'bf16')).toBe('tail');
  expect(linearVariant(16, 12, 1028, 'f32')).toBe('gemv');
});

it('takes gemv for few slots of a grouped product, narrow below 1,024', () => {
  expect(groupedLinearVariant(64, 12, 1024)).toBe('gemv');
  expect(groupedLinearVariant(64, 12, 1020)).toBe('gemv-narrow');
  expect(groupedLinearVariant(65, 12, 1024)).toBe('forward');
  expect([gemvVariant(1023), gemvVariant(1024)]).toEqual(['gemv-narrow', 'gemv']);
});

it('takes wide tiles for many rows and whole tiles of eight columns, of a wide matrix where they are many', () => {
  expect([linearVariant(17, 8, 128, 'bf16'), linearVariant(17, 12, 128, 'bf16'), linearVariant(17, 10, 128, 'bf16')]).toEqual([
    'wide',
    'forward',
    'tail',
  ]);
  expect(linearVariant(16, 8, 128, 'bf16')).toBe('forward');
  expect([tileVariant(1024, 1016, 2880), tileVariant(1024, 1024, 2880), tileVariant(1024, 1016, 1020)]).toEqual([
    'forward',
    'wide',
    'wide',
  ]);
  expect([groupedLinearVariant(64, 128, 128), groupedLinearVariant(65, 128, 128)]).toEqual(['gemv-narrow', 'wide']);
  expect([transposedVariant(17, 8, 12), transposedVariant(17, 8, 10), transposedVariant(17, 12, 12)]).toEqual(['wide', 'tail', 'forward']);
});

it('takes the tail where a size has no whole quads, and one invocation for a narrow norm', () => {
  expect([quadVariant(8), quadVariant(10)]).toEqual(['forward', 'tail']);
  expect([normVariant(1024), normVariant(1022), normVariant(1028)]).toEqual(['narrow', 'forward', 'forward']);
});
